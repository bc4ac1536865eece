import { expect, it } from 'vitest';
import { addonView } from './addon-view.ts';

const NOW = 1_772_442_160;

function view(lastRoundSeconds: number) {
  return addonView({
    metrics: { contentType: 'text/plain', render: async () => '' },
    now: () => NOW,
    lastRoundSeconds: () => lastRoundSeconds,
    unready: () => [],
  });
}

it('a process without a round for two minutes is not healthy', () => {
  expect(view(NOW - 15).unhealthy()).toEqual([]);
  expect(view(NOW - 150).unhealthy()).toEqual(['no round ended for 2 min 30 s; one begins every 15 s']);
});
