import { describe, expect, it } from 'vitest';
import { EXAMPLE_SECONDS, exampleStatus, exampleStatuses } from '../../test/example-status.ts';
import { addonView, type ShownWorkload, type ShownWorkloads, type ViewedParts } from './addon-view.ts';
import { RecentDecisions } from './recent-decisions.ts';

function view(changes: Partial<ViewedParts> = {}) {
  const recent = new RecentDecisions();
  recent.record([exampleStatus()]);
  return addonView({
    version: '1.2.3',
    metrics: { contentType: 'text/plain', render: async () => '' },
    recent,
    statuses: () => [...exampleStatuses(2), exampleStatus()],
    leader: () => true,
    now: () => EXAMPLE_SECONDS,
    lastTickSeconds: () => EXAMPLE_SECONDS - 15,
    unready: () => [],
    ...changes,
  });
}

describe('what is shown', () => {
  it('is every workload by name, with the reason in words', () => {
    const { leader, workloads } = view().workloads() as ShownWorkloads;
    expect(leader).toBe(true);
    expect(workloads.map(({ ref }) => ref.name)).toEqual(['web', 'web-0', 'web-1']);
    expect(workloads[0]!.why).toMatch(/^840 req\/s expected/);
  });

  it('is of one workload its chain and what was decided', async () => {
    const { chain, decisions, minutes } = (await view().workload('shop/Deployment/web')) as ShownWorkload;
    expect(chain.at(-1)!.label).toBe('written');
    expect(decisions[0]!.words).toMatch(/^6 → 9: /);
    expect(minutes).toHaveLength(1);
    expect(await view().workload('shop/Deployment/db')).toBeUndefined();
  });
});

it('a process without a sync for two minutes is not healthy', () => {
  expect(view().unhealthy()).toEqual([]);
  expect(view({ lastTickSeconds: () => EXAMPLE_SECONDS - 150 }).unhealthy()).toEqual([
    'no sync ended for 2 min 30 s; one begins every 15 s',
  ]);
});
