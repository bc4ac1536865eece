import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeptStartups } from '../../addon/sources/kept-startups.ts';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import { VirtualClock } from '../../kubernetes/fake/virtual-clock.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { startupsFile } from './startups-file.ts';

const NOW = 1_800_000_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'startups-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const saved = (atSeconds: number) => {
  const sketches = new StartupSketches(NOW);
  const pod = { workload: 'shop/Deployment/web', nodeClass: 'virtual', atSeconds: NOW - 60, batch: 1 } as const;
  sketches.started({ ...pod, totalSeconds: 400, stageSeconds: {}, live: true });
  return { ...sketches.serialize(NOW), atSeconds };
};

it.each([
  ['cut short', JSON.stringify(saved(NOW)).slice(0, 80)],
  ['empty', ''],
  ['another shape', '{"version": 7}'],
  ['from the year 10136', JSON.stringify(saved(2.6e11))],
])('a file that is %s is damage: said once, measured again, and written over', async (_, text) => {
  writeFileSync(join(folder, 'startups.json'), text);
  const warnings: string[] = [];
  const sketches = new StartupSketches(NOW);
  const clock = new VirtualClock(NOW);
  const log = { ...SILENT, warn: (message: string) => void warnings.push(message) };
  const keeper = startupsFile(folder);
  const kept = new KeptStartups({ sketches, keeper, log, clock, isLeader: () => true, epochSeconds: clock.nowSeconds });
  await kept.load();
  expect(warnings).toEqual(['kept start-up times are not understood']);
  expect(sketches.countedBefore('shop/Deployment/web', NOW)).toBe(false);
  const stop = new AbortController();
  const keeping = kept.keep(stop.signal);
  await clock.advance(301);
  stop.abort();
  await keeping;
  expect(warnings).toHaveLength(1);
  expect(JSON.parse(readFileSync(join(folder, 'startups.json'), 'utf8')).atSeconds).toBeGreaterThanOrEqual(NOW + 300);
});

it('what was saved comes back', async () => {
  const keeper = startupsFile(join(folder, 'new'));
  expect(await keeper.load()).toBeUndefined();
  await keeper.save(saved(NOW));
  expect(await keeper.load()).toEqual(saved(NOW));
});
