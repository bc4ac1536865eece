import { afterEach, describe, expect, it } from 'vitest';
import type { JobQueue } from './job-queue.ts';

type Handler = (id: string, payload: number) => Promise<void>;

/**
 * What every JobQueue promises.
 * @param open a queue of two at once, three attempts, a short backoff.
 */
export function jobQueueContract(name: string, open: (handler: Handler) => Promise<JobQueue<number>>): void {
  describe(`${name} runs jobs`, () => {
    let queue: JobQueue<number> | undefined;
    afterEach(() => queue?.close());

    /** Holds the first job until released, so that others wait. */
    function gate() {
      let open: () => void = () => {};
      const held = new Promise<void>((resolve) => {
        open = resolve;
      });
      return { held, open };
    }

    const idle = async () => {
      while ((await queue!.depth()) > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    };

    it('each once, with its payload', async () => {
      const done: string[] = [];
      queue = await open(async (id, payload) => void done.push(`${id}=${payload}`));
      for (let i = 0; i < 20; i++) await queue.submit(`job${i}`, i, 1);
      await idle();
      expect(done.sort()).toEqual(Array.from({ length: 20 }, (_, i) => `job${i}=${i}`).sort());
    });

    it('the better priority first, then the older', async () => {
      const { held, open: release } = gate();
      const done: string[] = [];
      queue = await open(async (id) => {
        if (id.startsWith('hold')) await held;
        else done.push(id);
      });
      await queue.submit('hold1', 0, 0);
      await queue.submit('hold2', 0, 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (const [id, priority] of [
        ['late', 9],
        ['b', 5],
        ['c', 5],
        ['first', 1],
      ] as const)
        await queue.submit(id, 0, priority);
      release();
      await idle();
      expect(done[0]).toBe('first');
      expect(done.at(-1)).toBe('late');
    });

    it('a waiting job once, with its newest payload', async () => {
      const { held, open: release } = gate();
      const done: string[] = [];
      queue = await open(async (id, payload) => {
        if (id.startsWith('hold')) await held;
        else done.push(`${id}=${payload}`);
      });
      await queue.submit('hold1', 0, 0);
      await queue.submit('hold2', 0, 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await queue.submit('a', 1, 5);
      await queue.submit('a', 2, 5);
      release();
      await idle();
      expect(done).toEqual(['a=2']);
    });

    it('never two of one id at once', async () => {
      let running = 0;
      let most = 0;
      queue = await open(async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
      });
      await queue.submit('a', 1, 1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      await queue.submit('a', 2, 1);
      await idle();
      expect(most).toBe(1);
    });

    it('again after a failure, and then the others have not waited for it', async () => {
      const done: string[] = [];
      let failures = 0;
      queue = await open(async (id) => {
        if (id === 'poor' && failures++ < 2) throw new Error('not yet');
        done.push(id);
      });
      await queue.submit('poor', 0, 0);
      await queue.submit('rich', 0, 5);
      await idle();
      expect(done).toEqual(['rich', 'poor']);
    });

    it('no more after three attempts: it is listed with its error, and can be tried again', async () => {
      let broken = true;
      let runs = 0;
      queue = await open(async () => {
        runs++;
        if (broken) throw new Error('a poisoned history');
      });
      await queue.submit('bad', 7, 1);
      await idle();
      expect(runs).toBe(3);
      expect(await queue.failed()).toEqual([{ id: 'bad', attempts: 3, error: 'a poisoned history' }]);
      expect(await queue.retry('other')).toBe(false);
      broken = false;
      expect(await queue.retry('bad')).toBe(true);
      await idle();
      expect(runs).toBe(4);
      expect(await queue.failed()).toEqual([]);
    });

    it('not what was cancelled', async () => {
      const { held, open: release } = gate();
      const done: string[] = [];
      queue = await open(async (id) => {
        if (id.startsWith('hold')) await held;
        else done.push(id);
      });
      await queue.submit('hold1', 0, 0);
      await queue.submit('hold2', 0, 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await queue.submit('gone', 0, 1);
      await queue.cancel('gone');
      release();
      await idle();
      expect(done).toEqual([]);
    });
  });
}
