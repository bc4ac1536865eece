import { describe, expect, it } from 'vitest';
import { InputError, WorldError } from '../../core/errors.ts';
import { runInThread, type ThreadLimits } from './thread.io.ts';

const LIMITS: ThreadLimits = { seconds: 60, heapMb: 64, growthMb: 2000 };
const COMPILED = new URL('../../dist/models/neural/', import.meta.url);

/** A thread that does this; `serve` is the compiled serveThread, which `npm test` builds before. */
function thread<Result>(code: string, more: Partial<Parameters<typeof runInThread>[0]> = {}): Promise<Result> {
  const imports = `import { serveThread as serve } from '${new URL('thread.io.js', COMPILED)}';\n`;
  const script = new URL(`data:text/javascript,${encodeURIComponent(imports + code)}`);
  return runInThread<Result>({ script, what: 'a test', data: undefined, limits: LIMITS, ...more });
}

describe('work on a thread of its own', () => {
  it('gets plain data, tells its progress, and gives a result back', async () => {
    const seen: unknown[] = [];
    const moved = new Float64Array([1, 2, 3]);
    const result = await thread<{ sum: number; doubled: Float32Array }>(
      `await serve(async ({ values }, progress) => {
         for (const value of values) progress({ value });
         return { sum: values.reduce((a, b) => a + b), doubled: Float32Array.from(values, (v) => 2 * v) };
       });`,
      { data: { values: moved }, transfer: [moved.buffer], onProgress: (progress) => seen.push(progress) },
    );
    expect(result).toEqual({ sum: 6, doubled: new Float32Array([2, 4, 6]) });
    expect(seen).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }]);
    expect(moved.length).toBe(0);
  });

  it('leaves the event loop of its caller alone', async () => {
    let turns = 0;
    const counting = setInterval(() => turns++, 10);
    await thread(`await serve(async () => { const end = Date.now() + 500; while (Date.now() < end); });`);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('what may become of a thread is an error in words', () => {
  const dies = (code: string, error: Error, more: Parameters<typeof thread>[1] = {}) =>
    expect(thread(code, more)).rejects.toThrow(error);

  it('an error of the work; what is the person’s fault stays that', async () => {
    await dies(
      `await serve(async () => { throw new Error('loss is NaN'); });`,
      new WorldError('a test failed: loss is NaN'),
    );
    const errors = new URL('../../dist/core/errors.js', import.meta.url);
    await dies(
      `import { InputError } from '${errors}'; await serve(async () => { throw new InputError('no such load'); });`,
      new InputError('no such load'),
    );
  });

  it('a crash, an exit, a script that is not there, a result that cannot be sent', async () => {
    await dies(`throw new Error('broken');`, new WorldError('a test died: broken'));
    await dies(`process.exit(3);`, new WorldError('a test ended with exit code 3 and without a result'));
    await dies(`export {};`, new WorldError('a test ended with exit code 0 and without a result'));
    const nowhere = new URL('nowhere.js', COMPILED);
    await expect(thread('', { script: nowhere })).rejects.toThrow(/^a test died: Cannot find module/);
    await expect(thread(`await serve(async () => () => {});`)).rejects.toThrow(
      /^a test failed: .* could not be cloned/,
    );
    await expect(thread('', { data: () => {} })).rejects.toThrow(
      /^a test could not be started: .* could not be cloned/,
    );
  });

  it('too much memory, in its heap or outside of it', async () => {
    await dies(
      `const all = []; for (;;) all.push({ at: all.length });`,
      new WorldError('a test ran out of memory (a heap of 64 MB)'),
    );
    await expect(
      thread(
        `const all = [];
         await serve(async () => { for (;;) { all.push(new Uint8Array(2e6).fill(1)); await new Promise((r) => setTimeout(r, 1)); } });`,
        { limits: { ...LIMITS, growthMb: 100 } },
      ),
    ).rejects.toThrow(/^a test made the process grow by \d+ MB, more than 100 MB, and was ended$/);
  });

  it('too much time, also where it never looks up', async () => {
    const limits = { ...LIMITS, seconds: 0.5 };
    await dies(`for (;;);`, new WorldError('a test took longer than 0.5 s and was ended'), { limits });
  });

  it('being called off, before and while it runs', async () => {
    const reason = new Error('shutting down');
    await expect(thread('', { signal: AbortSignal.abort(reason) })).rejects.toThrow('a test was called off');
    const stop = new AbortController();
    const running = thread(`await serve(async (_, progress) => { progress(1); for (;;); });`, {
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    });
    await expect(running).rejects.toMatchObject({
      name: 'WorldError',
      message: 'a test was called off',
      cause: reason,
    });
  });

  it('an error of who listens to its progress, which is given back as it is', async () => {
    const broken = new TypeError('disk full');
    const onProgress = () => {
      throw broken;
    };
    await expect(
      thread(`await serve(async (_, progress) => { progress(1); for (;;); });`, { onProgress }),
    ).rejects.toBe(broken);
  });
});

describe('TensorFlow.js on threads', () => {
  const TRAINS = `
    import { loadBackend } from '${new URL('backend.io.js', COMPILED)}';
    await serve(async ({ prefer, forever }, progress) => {
      const { name, tf } = await loadBackend({ prefer });
      const weight = tf.variable(tf.scalar(1));
      const adam = tf.train.adam(0.1);
      for (let step = 0; forever || step < 20; step++) {
        adam.minimize(() => tf.square(tf.sub(weight, 3)));
        progress(step);
      }
      return { name, weight: weight.dataSync()[0] };
    });`;

  for (const prefer of ['native', 'wasm', 'cpu']) {
    it(`${prefer}: two at a time, one after another, and one that is ended amid its work`, async () => {
      const run = () => thread<{ name: string; weight: number }>(TRAINS, { data: { prefer, forever: false } });
      const [one, other] = await Promise.all([run(), run()]);
      expect(one.weight).toBeGreaterThan(1.5);
      expect(other.weight).toBe(one.weight);
      const stop = new AbortController();
      const ended = thread(TRAINS, {
        data: { prefer, forever: true },
        signal: stop.signal,
        onProgress: (step) => step === 50 && stop.abort(),
      });
      await expect(ended).rejects.toThrow('a test was called off');
      expect(await run()).toEqual(one);
    });
  }
});
