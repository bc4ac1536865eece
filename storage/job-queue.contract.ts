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

    /** A handler that holds whatever is called `hold…` until released, so that others wait. */
    function gate(handle: Handler) {
      let release: () => void = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      let held = 0;
      const handler: Handler = async (id, payload) => {
        if (!id.startsWith('hold')) return handle(id, payload);
        held++;
        await released;
      };
      /** Both places are taken when this returns. */
      const fill = async () => {
        await queue!.submit('hold1', 0, 0);
        await queue!.submit('hold2', 0, 0);
        await until(() => held === 2);
      };
      return { handler, fill, release: () => release() };
    }

    const until = async (holds: () => boolean) => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
    };

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
      const done: string[] = [];
      const { handler, fill, release } = gate(async (id) => void done.push(id));
      queue = await open(handler);
      await fill();
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
      const done: string[] = [];
      const { handler, fill, release } = gate(async (id, payload) => void done.push(`${id}=${payload}`));
      queue = await open(handler);
      await fill();
      await queue.submit('a', 1, 5);
      await queue.submit('a', 2, 5);
      release();
      await idle();
      expect(done).toEqual(['a=2']);
    });

    it('a waiting job with the better of two priorities', async () => {
      const done: string[] = [];
      const { handler, fill, release } = gate(async (id) => void done.push(id));
      queue = await open(handler);
      await fill();
      await queue.submit('first', 0, 9);
      await queue.submit('others', 0, 5);
      await queue.submit('first', 0, 1);
      await queue.submit('first', 0, 9);
      release();
      await idle();
      expect(done).toEqual(['first', 'others']);
    });

    it('never two of one id at once: what comes while it runs follows it, with the newest payload', async () => {
      const ran: number[] = [];
      let running = 0;
      let most = 0;
      let release: () => void = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      queue = await open(async (_, payload) => {
        most = Math.max(most, ++running);
        ran.push(payload);
        await released;
        running--;
      });
      await queue.submit('a', 1, 1);
      await until(() => ran.length === 1);
      await queue.submit('a', 2, 1);
      await queue.submit('a', 3, 1);
      release();
      await idle();
      expect(ran).toEqual([1, 3]);
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

    it('anew what failed, when it is submitted again', async () => {
      const done: number[] = [];
      queue = await open(async (_, payload) => {
        if (payload === 7) throw new Error('a poisoned history');
        done.push(payload);
      });
      await queue.submit('bad', 7, 1);
      await idle();
      await queue.submit('bad', 8, 1);
      await idle();
      expect(done).toEqual([8]);
      expect(await queue.failed()).toEqual([]);
      await queue.submit('bad', 7, 1);
      await idle();
      expect(await queue.failed()).toHaveLength(1);
      await queue.cancel('bad');
      expect(await queue.failed()).toEqual([]);
      expect(await queue.retry('bad')).toBe(false);
    });

    it('a job with any id', async () => {
      const ids = ['shop/Deployment/web:cpu', '42', '0', 'wait', 'a b%3A"\u00e9\n', 'repeat:1:2', '{x}'];
      const done: string[] = [];
      queue = await open(async (id) => void done.push(id));
      for (const id of ids) await queue.submit(id, 0, 1);
      await idle();
      expect(done.sort()).toEqual([...ids].sort());
    });

    it('not what was cancelled', async () => {
      const done: string[] = [];
      const { handler, fill, release } = gate(async (id) => void done.push(id));
      queue = await open(handler);
      await fill();
      await queue.submit('gone', 0, 1);
      await queue.cancel('gone');
      release();
      await idle();
      expect(done).toEqual([]);
    });
  });
}
