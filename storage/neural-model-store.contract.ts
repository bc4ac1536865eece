import { beforeEach, describe, expect, it } from 'vitest';
import type { NetworkStore } from './neural-model-store.ts';

/** What every NetworkStore promises. @param open a store, empty; again: the same one, as another process sees it */
export function networkStoreContract(
  name: string,
  open: () => Promise<NetworkStore>,
  again?: () => NetworkStore,
): void {
  describe(`${name} keeps networks`, () => {
    let store: NetworkStore;
    const [first, second, third] = [[1, 0, 255], [2], [3]].map((bytes) => Uint8Array.from(bytes));
    const held = async (from = store) => [await from.current(), await from.previous()].map((b) => b && [...b]);
    beforeEach(async () => {
      store = await open();
    });

    it('has none at first', async () => {
      expect(await held()).toEqual([undefined, undefined]);
    });

    it('keeps the one in use and the one before it', async () => {
      await store.publish(first!);
      expect(await held()).toEqual([[1, 0, 255], undefined]);
      await store.publish(second!);
      await store.publish(third!);
      expect(await held()).toEqual([[3], [2]]);
      if (again) expect(await held(again())).toEqual([[3], [2]]);
    });

    it('takes back what is in use, and at last has none', async () => {
      await store.publish(first!);
      await store.publish(second!);
      await store.rollBack();
      expect(await held()).toEqual([[1, 0, 255], undefined]);
      await store.rollBack();
      await store.rollBack();
      expect(await held()).toEqual([undefined, undefined]);
      await store.publish(third!);
      expect(await held()).toEqual([[3], undefined]);
    });
  });
}
