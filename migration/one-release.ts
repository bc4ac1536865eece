import type { Draft, MetricWish, ValueWish } from './draft.ts';

/*
 * All manifests are for one release of the chart, which has one Prometheus and one query by each name. What a later manifest says
 * otherwise is called by another name, or dropped with the reason.
 */

const MOST_NAME = 63;

/** Settles in place what the drafts ask of the chart together. */
export function settleRelease(drafts: readonly Draft[]): void {
  const queries = new Map<string, string>();
  const values = new Map<string, unknown>();
  for (const draft of drafts) {
    draft.metrics.forEach((wish, i) => {
      draft.metrics[i] = named(wish, draft, queries);
    });
    const kept = draft.values.filter((wish) => isFirst(wish, draft, values));
    draft.values.splice(0, draft.values.length, ...kept);
  }
}

/** The template under a name that no other query has. */
function named(wish: MetricWish, draft: Draft, queries: Map<string, string>): MetricWish {
  const { metric } = wish;
  if ('resource' in metric) return wish;
  const owner = (draft.target?.name ?? 'workload').toLowerCase().replace(/[^a-z0-9]+/g, '-');
  let name = metric.template;
  for (let n = 1; (queries.get(name) ?? metric.query) !== metric.query; n++) {
    const end = `-${owner}${n === 1 ? '' : `-${n}`}`.slice(-MOST_NAME + 1);
    name = `${metric.template.slice(0, MOST_NAME - end.length)}${end}`.replace(/-+$/, '');
  }
  queries.set(name, metric.query);
  return name === metric.template ? wish : { ...wish, metric: { ...metric, template: name } };
}

function isFirst({ path, value, from }: ValueWish, draft: Draft, values: Map<string, unknown>): boolean {
  const key = path.join('.');
  if (!values.has(key)) values.set(key, value);
  if (values.get(key) === value) return true;
  for (const origin of from) {
    draft.drop(
      origin.path,
      `one release asks one Prometheus: config.${key} is ${JSON.stringify(values.get(key))} already`,
    );
  }
  return false;
}
