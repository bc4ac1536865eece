import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { headingSlug } from '../../heading-slug.ts';
import { PAGES } from '../pages.mjs';
import { repositoryLinks } from '../repository-links.mjs';
import { SIDEBARS } from '../sidebar.mjs';

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
  head: [['link', { rel: 'icon', href: 'data:,' }]],
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
        sidebar: SIDEBARS.root,
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
        sidebar: SIDEBARS['zh-CN'],
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
