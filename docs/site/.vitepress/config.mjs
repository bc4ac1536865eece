import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { headingSlug } from '../../heading-slug.ts';
import { PAGES } from '../pages.mjs';
import { repositoryLinks } from '../repository-links.mjs';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const pages = fileURLToPath(new URL('../.pages', import.meta.url));

/** The pages of the repository as they are: nothing is written for the site alone. A dead link ends the build. */
export default defineConfig({
  srcDir: pages,
  outDir: fileURLToPath(new URL('../dist', import.meta.url)),
  cacheDir: fileURLToPath(new URL('./cache', import.meta.url)),
  rewrites: Object.fromEntries(PAGES),
  title: 'Prescale',
  description: 'Predictive autoscaling for Kubernetes: pods are Ready before the load arrives',
  cleanUrls: false,
  ignoreDeadLinks: false,
  markdown: {
    // Links are written for GitHub's anchors.
    anchor: { slugify: headingSlug },
    languageAlias: { promql: 'bash' },
    config: (markdown) => {
      markdown.use(repositoryLinks, pages, repository);
    },
  },
  locales: {
    root: {
      label: 'English',
      lang: 'en',
      themeConfig: {
        nav: [
          { text: 'Concepts', link: '/concepts' },
          { text: 'Install', link: '/install' },
          { text: 'Replay', link: '/replay' },
          { text: 'Changelog', link: '/changelog' },
        ],
        sidebar: [
          group('Start', [
            ['Overview', '/'],
            ['Concepts', '/concepts'],
            ['Install', '/install'],
            ['Annotations', '/annotations'],
            ['Comparison', '/comparison'],
            ['Alibaba Cloud', '/alibaba-cloud'],
          ]),
          group('Before you install', [
            ['Replay', '/replay'],
            ['Trace formats', '/trace-formats'],
            ['Prices', '/prices'],
            ['Feature tables', '/inspect-frame'],
          ]),
          group('Operate', [
            ['Operations', '/operations'],
            ['Troubleshooting and FAQ', '/troubleshooting'],
            ['Metrics', '/metrics'],
            ['Safety', '/safety'],
            ['Security', '/security'],
          ]),
          group('Inside', [
            ['Architecture', '/architecture'],
            ['Forecasting and planning', '/forecasting'],
            ['Day-ahead forecast', '/forecasting-day-ahead'],
            ['Neural models', '/neural'],
            ['Benchmarks', '/benchmarks'],
            ['Extending', '/extending'],
            ['Contributing', '/contributing'],
          ]),
        ],
      },
    },
    'zh-CN': {
      label: '简体中文',
      lang: 'zh-CN',
      themeConfig: {
        nav: [
          { text: '概念', link: '/zh-CN/concepts' },
          { text: '安装', link: '/zh-CN/install' },
          { text: '回放', link: '/zh-CN/replay' },
        ],
        sidebar: [
          group('文档', [
            ['概览', '/zh-CN/'],
            ['概念', '/zh-CN/concepts'],
            ['安装', '/zh-CN/install'],
            ['回放', '/zh-CN/replay'],
          ]),
        ],
        outline: { label: '本页内容' },
        docFooter: { prev: '上一页', next: '下一页' },
      },
    },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: { locales: { 'zh-CN': { translations: { button: { buttonText: '搜索', buttonAriaLabel: '搜索' } } } } },
    },
    outline: [2, 3],
  },
});

function group(text, items) {
  return { text, items: items.map(([text, link]) => ({ text, link })) };
}
