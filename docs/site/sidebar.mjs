import { readdirSync, readFileSync } from 'node:fs';

const DECISIONS = new URL('../decisions/', import.meta.url);

/** The pages of the site by language, in the order in which a reader needs them. A link is an address of `siteAddress`. */
export const SIDEBARS = {
  root: [
    group('Start', [
      ['Overview', '/'],
      ['Concepts', '/concepts'],
      ['Install', '/install'],
      ['Annotations', '/annotations'],
      ['Values of the chart', '/chart'],
      ['Coming from another autoscaler', '/migration'],
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
      ['The console', '/console'],
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
    { ...group('Decisions', decisions()), collapsed: true },
  ],
  'zh-CN': [
    group('文档', [
      ['概览', '/zh-CN/'],
      ['概念', '/zh-CN/concepts'],
      ['安装', '/zh-CN/install'],
      ['回放', '/zh-CN/replay'],
    ]),
  ],
};

function group(text, items) {
  return { text, items: items.map(([text, link]) => ({ text, link })) };
}

/** Each decision by its heading. */
function decisions() {
  return readdirSync(DECISIONS)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => {
      const [, heading] = /^# (.+)$/m.exec(readFileSync(new URL(name, DECISIONS), 'utf8'));
      return [heading, `/decisions/${name.replace(/\.md$/, '')}`];
    });
}
