import { beforeEach, describe, expect, it } from 'vitest';
import type { GuardStore } from './guard-store.ts';

/** What every GuardStore promises. @param open a store, empty; again: the same one, as another process sees it */
export function guardStoreContract(name: string, open: () => Promise<GuardStore>, again: () => GuardStore): void {
  describe(`${name} keeps what guards remember`, () => {
    let store: GuardStore;
    const put = (...entries: [string, string][]) => store.write(new Map(entries), []);
    const stored = async (from: GuardStore) => Object.fromEntries(await from.read());
    beforeEach(async () => {
      store = await open();
    });

    it('has nothing at first', async () => {
      expect(await stored(store)).toEqual({});
      expect(await store.get('shop/Deployment/web')).toBeUndefined();
    });

    it('gives back what was stored, also to another process', async () => {
      await put(['fleet', '{}'], ['shop/Deployment/web', '{"uid":"ü\\n\\t"}']);
      await put(['shop/Deployment/web', 'newer\nthan that'], ['shop/Deployment/api', '']);
      for (const one of [store, again()]) {
        expect(await stored(one)).toEqual({
          fleet: '{}',
          'shop/Deployment/web': 'newer\nthan that',
          'shop/Deployment/api': '',
        });
        expect(await one.get('shop/Deployment/web')).toBe('newer\nthan that');
        expect(await one.get('shop/Deployment/api')).toBe('');
      }
    });

    it('removes and stores in one', async () => {
      await put(['a', '1'], ['b', '2'], ['c', '3']);
      await store.write(new Map([['b', '4']]), ['a', 'nobody', 'b']);
      expect(await stored(again())).toEqual({ b: '4', c: '3' });
      await store.write(new Map(), ['b', 'c']);
      expect(await stored(again())).toEqual({});
    });

    it('sees what another process stored', async () => {
      await put(['a', '1']);
      await again().write(new Map([['a', '2']]), []);
      expect(await store.get('a')).toBe('2');
      await put(['b', '3']);
      expect(await stored(again())).toEqual({ a: '2', b: '3' });
    });

    it('keeps writes in order, however many there are at once, and 2,500 entries in one', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, i) => put(['a', `${i}`], [`b${i}`, 'b'])));
      expect(await store.get('a')).toBe('19');
      expect((await store.read()).size).toBe(21);
      const many = Array.from({ length: 2_500 }, (_, i): [string, string] => [`shop/Deployment/web-${i}`, `${i}`]);
      await put(...many);
      expect((await again().read()).size).toBe(2_521);
      await store.write(new Map(), [...many.map(([key]) => key)]);
      expect((await again().read()).size).toBe(21);
    });
  });
}
