import { expect, it } from 'vitest';
import { addonView } from './addon-view.ts';

const NOW = 1_772_442_160;

function view(lastTickSeconds: number) {
  return addonView({
    metrics: { contentType: 'text/plain', render: async () => '' },
    now: () => NOW,
    lastTickSeconds: () => lastTickSeconds,
    unready: () => [],
  });
}

it('a process without a sync for two minutes is not healthy', () => {
  expect(view(NOW - 15).unhealthy()).toEqual([]);
  expect(view(NOW - 150).unhealthy()).toEqual(['no sync ended for 2 min 30 s; one begins every 15 s']);
});
