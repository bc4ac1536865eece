import { describe, expect, it } from 'vitest';
import { exampleWhatIf, exampleWhatIfTask } from '../../test/example-what-if.ts';
import { RemoteReplays } from './remote-replays.ts';
import { replaysElsewhere } from './replays-elsewhere.ts';

const TASK = exampleWhatIfTask();
const FIRST = exampleWhatIf({ pending: ['hpa', 'oracle'] });
const ALL = exampleWhatIf();

describe('replays that are played elsewhere', () => {
  it('hand on one answer after the other to who asks again', async () => {
    const steps: (() => void)[] = [];
    const replays = new RemoteReplays(async function* () {
      for (const answer of [FIRST, ALL]) {
        await new Promise<void>((resolve) => steps.push(resolve));
        yield answer;
      }
    });
    const first = replays.nextReplay('1', TASK, 0);
    steps.shift()!();
    expect(await first).toEqual(FIRST);
    expect(await replays.nextReplay('1', TASK, 0)).toEqual(FIRST);
    const all = replays.nextReplay('1', TASK, 1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    steps.shift()!();
    expect(await all).toEqual(ALL);
  });

  it('end where another one begins, or nobody wants them, and say why there is none', async () => {
    const ended: number[] = [];
    let runs = 0;
    const replays = new RemoteReplays(async function* (_, signal) {
      const run = ++runs;
      if (run === 1) yield FIRST;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      ended.push(run);
      throw new Error(`run ${run} was called off`);
    });
    expect(await replays.nextReplay('1', TASK, 0)).toEqual(FIRST);
    const second = replays.nextReplay('2', TASK, 0);
    const refused = expect(second).rejects.toThrow('run 2 was called off');
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(ended).toEqual([1]);
    replays.endReplay('1');
    replays.endReplay('2');
    await refused;
    expect(ended).toEqual([1, 2]);
    const nothing = new RemoteReplays(async function* () {
      yield* [];
    });
    await expect(nothing.nextReplay('1', TASK, 0)).rejects.toThrow('ended without an answer');
  });

  it('of a thread that ended are not taken for those of the one that is begun after it', async () => {
    const replays = new RemoteReplays(async function* ({ key }) {
      yield { ...ALL, annotate: key };
    });
    // What goes from thread to thread, without one.
    const thread = () =>
      replaysElsewhere({
        nextReplay: (...args) => replays.nextReplay(...args),
        endReplay: async (id) => replays.endReplay(id),
      });
    const answerTo = async (key: string) => {
      const found: unknown[] = [];
      const answers = thread().replay({ ...TASK, key }, () => null, new AbortController().signal);
      for await (const { annotate } of answers) found.push(annotate);
      return found;
    };
    expect(await answerTo('shop/Deployment/first')).toEqual(['shop/Deployment/first']);
    expect(await answerTo('shop/Deployment/second')).toEqual(['shop/Deployment/second']);
  });
});
