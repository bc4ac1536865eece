import { describe, expect, it } from 'vitest';
import type { WorkloadDetail } from '../../addon/console/console-data.ts';
import { consoleSource } from '../../test/console-source.ts';
import { EXAMPLE_SECONDS, exampleStatus } from '../../test/example-status.ts';
import { FleetFeed } from '../fleet/fleet-feed.ts';
import { ThreadSource, type WhatIfReplays } from './thread-source.ts';

const WEB = 'shop/Deployment/web';

/** A console's thread, and the addon's that answers at once or, while it is busy, later. */
async function world() {
  const known = consoleSource([exampleStatus()]);
  const detail = (await known.workload(WEB))!;
  const addon: { busy: Promise<void> | undefined; now: number; fails: boolean; begun: number } = {
    begun: 0,
    busy: undefined,
    now: EXAMPLE_SECONDS,
    fails: false,
  };
  const questions = {
    ...known,
    whatIfBase: async () => undefined,
    workload: async (): Promise<WorkloadDetail | undefined> => {
      const figuresSeconds = addon.now;
      await addon.busy;
      if (addon.fails) throw new Error('the store is gone');
      return { ...detail, figuresSeconds };
    },
  };
  const replays: WhatIfReplays = {
    begin: () => void addon.begun++,
    // biome-ignore lint/correctness/useYield: there is none
    async *replay() {
      throw new Error('not here');
    },
  };
  const source = new ThreadSource(questions, replays, () => addon.now);
  const feed = new FleetFeed();
  const tick = (seconds: number) => {
    addon.now += seconds;
    source.take(feed.message([exampleStatus()], { ...known.fleet.source!, figuresSeconds: addon.now }));
  };
  const ageOf = async () => addon.now - (await source.workload(WEB))!.figuresSeconds!;
  return { addon, source, tick, ageOf };
}

it('gets ready for a what-if before anybody asked one', async () => {
  const { addon, source } = await world();
  expect(source.prepareWhatIf()).toBe(true);
  expect(addon.begun).toBe(1);
});

describe('a workload that somebody looks at', () => {
  it('is of the newest tick where the addon answers, and of the one before while it is busy', async () => {
    const { addon, tick, ageOf } = await world();
    tick(15);
    expect(await ageOf()).toBe(0);
    let release = () => {};
    addon.busy = new Promise((resolve) => {
      release = resolve;
    });
    tick(15);
    expect(await ageOf()).toBe(15);
    release();
    addon.busy = undefined;
    await new Promise((resolve) => setImmediate(resolve));
    expect(await ageOf()).toBe(0);
  });

  it('is waited for where what is known of it is too old, or nothing is', async () => {
    const { addon, tick, ageOf } = await world();
    tick(15);
    await ageOf();
    tick(30);
    let release = () => {};
    addon.busy = new Promise((resolve) => {
      release = resolve;
    });
    const age = ageOf();
    setTimeout(release, 100);
    expect(await age).toBe(0);
  });

  it('of which the addon says that it can not be read is not shown as it was', async () => {
    const { addon, tick, ageOf } = await world();
    tick(15);
    await ageOf();
    tick(15);
    addon.fails = true;
    await expect(ageOf()).rejects.toThrow('the store is gone');
  });
});
