import { expect, it } from 'vitest';
import { type PrometheusHttp, RequestTooLarge, TooMuchAtOnce } from '../../../collector/prometheus/answer.ts';
import { NAME_LABEL } from '../../../collector/prometheus/resource-expressions.ts';
import { texts } from '../../../replay/report/texts/texts.ts';
import { replayDefaults } from '../replay/replay-defaults.ts';
import { readReplayWork } from '../replay/replay-work.ts';
import { readBounds } from './bounds.ts';
import type { ClusterWorkload } from './cluster-workloads.ts';
import { BOUND_LIMITS } from './usage-plan.ts';

const RANGE = { startSeconds: 0, endSeconds: 14 * 86_400, stepSeconds: 60 };
const workloads = Array.from({ length: 60 }, (_, i): ClusterWorkload => {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: `web-${i}` };
  const size = { cpuCores: 1, memoryBytes: 2 ** 30 };
  return { ref, optedIn: false, replicas: 4, size, hpa: { kind: 'none' }, notes: [] };
});

/** A server that holds so many points at a time, behind a proxy that takes so long a query: what is more gets a refusal. */
function server(mostPoints: number, mostChars = Infinity): { readonly http: PrometheusHttp; readonly sizes: number[] } {
  const sizes: number[] = [];
  const ask = async (_: string, { query, start, end, step }: Readonly<Record<string, string>>) => {
    const names = new Set(query!.match(/web-\d+/g));
    const steps = (Number(end) - Number(start)) / Number(step) + 1;
    sizes.push(names.size * steps);
    if (encodeURIComponent(query!).length > mostChars) throw new RequestTooLarge('HTTP 414');
    if (names.size * steps > mostPoints) throw new TooMuchAtOnce('too many samples');
    const values = Array.from({ length: steps }, (_, i) => [Number(start) + i * Number(step), '1.5']);
    const result = Array.from(names, (name) => ({ metric: { namespace: 'shop', [NAME_LABEL]: name }, values }));
    return { status: 200, body: JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }) };
  };
  return { http: { name: 'http://prometheus', ask, close: async () => {} }, sizes };
}

async function bounds(http: PrometheusHttp) {
  const { options, startup, prices } = await readReplayWork({ ...replayDefaults(), podCapacity: '1' }, false);
  const common = { settings: options.settings, startup, prices };
  return readBounds(
    http,
    workloads,
    RANGE,
    common,
    { ...BOUND_LIMITS, chars: 6_000 },
    () => true,
    () => {},
  );
}

it('a server that holds less at a time is asked for less, not for each workload by itself', async () => {
  const { http, sizes } = server(5_000);
  const { bounded, skipped, limits } = await bounds(http);
  expect({ bounded: bounded.length, skipped }).toEqual({ bounded: 60, skipped: [] });
  expect(limits.points).toBeLessThanOrEqual(5_000);
  // Two are under way when the first is refused, and again two at the next size.
  expect(sizes.filter((points) => points > 5_000).length).toBeLessThanOrEqual(6);
  expect(sizes.length).toBeLessThan(70);
  const notes = new Set(bounded.flatMap(({ row }) => row.notes.map((note) => note(texts('en').savings))));
  for (const note of notes)
    expect(note).toMatch(/^its bound is from means of \d+ min, as finer ones take too many queries/);
});

it('where the query is too long for a proxy on the way fewer names are in one, at the same step', async () => {
  const { http } = server(Infinity, 1_000);
  const { bounded, limits } = await bounds(http);
  expect(bounded).toHaveLength(60);
  expect(limits).toEqual({ ...BOUND_LIMITS, chars: 375 });
  expect(bounded.flatMap(({ row }) => row.notes)).toEqual([]);
});
