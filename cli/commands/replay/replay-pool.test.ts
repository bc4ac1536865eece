import { expect, it } from 'vitest';
import { type Outcome, replayOnThreads } from './replay-pool.ts';

/** A thread that dies of the traces named `bad`, and answers all others; after `last`, once that answer is taken, it dies of nothing. */
const SCRIPT = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ path }) => {
      if (path === 'bad') throw new Error('out of memory');
      if (path === 'exit') process.exit(7);
      parentPort.postMessage({ progress: 0.5 });
      parentPort.postMessage({ refused: path });
      if (path === 'last') setTimeout(() => { throw new Error('idle'); }, 150);
    });
  `)}`,
);

async function ended(paths: readonly string[], threads: number) {
  const outcomes: Outcome[] = [];
  const shares: number[] = [];
  const onEnd = async (i: number, outcome: Outcome) => {
    // Long enough for the idle thread to have died also where the machine is busy.
    await new Promise((resolve) => setTimeout(resolve, paths[i] === 'last' ? 1_000 : 30));
    outcomes[i] = outcome;
  };
  const data = { flags: {}, kind: undefined, reading: {} };
  await replayOnThreads(
    paths.map((path) => ({ path })),
    threads,
    data,
    (i, fraction) => (shares[i] = fraction),
    onEnd,
    SCRIPT,
  );
  return { outcomes, shares };
}

it('a thread that dies fails its trace alone, and the next one gets a new thread', async () => {
  for (const threads of [1, 3]) {
    const { outcomes, shares } = await ended(['a', 'bad', 'b', 'exit', 'c', 'last', 'd'], threads);
    expect(outcomes).toEqual([
      { refused: 'a' },
      { failed: 'bad: the replay died: out of memory' },
      { refused: 'b' },
      { failed: 'exit: the replay died: it ended with 7' },
      { refused: 'c' },
      { refused: 'last' },
      { refused: 'd' },
    ]);
    expect(shares).toEqual(new Array(7).fill(1));
  }
});

it('what is thrown at the end of one ends all', async () => {
  const data = { flags: {}, kind: undefined, reading: {} };
  const full = async () => {
    throw new Error('the disk is full');
  };
  await expect(replayOnThreads([{ path: 'a' }, { path: 'b' }], 1, data, () => {}, full, SCRIPT)).rejects.toThrow(
    'the disk is full',
  );
});
