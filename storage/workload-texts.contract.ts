import { beforeEach, describe, expect, it } from 'vitest';
import type { WorkloadTexts } from './workload-texts.ts';

/** What every WorkloadTexts promises. @param open a store, empty; again: the same one, as another process sees it */
export function workloadTextsContract(
  name: string,
  open: () => Promise<WorkloadTexts>,
  again: () => WorkloadTexts,
): void {
  describe(`${name} keeps a text for each workload`, () => {
    let store: WorkloadTexts;
    const put = (...entries: [string, string][]) => store.write(new Map(entries), []);
    const stored = async (from: WorkloadTexts) => Object.fromEntries(await from.get((await from.keys()).sort()));
    beforeEach(async () => {
      store = await open();
    });

    it('has nothing at first', async () => {
      expect(await store.keys()).toEqual([]);
      expect((await store.get(['shop/Deployment/web'])).size).toBe(0);
      expect((await store.get([])).size).toBe(0);
    });

    it('gives back what was stored, also to another process', async () => {
      await put(['shop/Deployment/web', '{"v":1}'], ['shop/Deployment/api', '']);
      await put(['shop/Deployment/web', 'newer\nthan that, of ü and 字\n']);
      for (const one of [store, again()]) {
        expect(await stored(one)).toEqual({
          'shop/Deployment/api': '',
          'shop/Deployment/web': 'newer\nthan that, of ü and 字\n',
        });
      }
    });

    it('takes whatever a cluster may call a thing', async () => {
      const names = [
        '../../etc/passwd',
        'a\nb',
        '__proto__',
        'constructor',
        '.',
        'x'.repeat(400),
        '"',
        '\u202e',
        'ns/K/*',
      ];
      await put(...names.map((key, i): [string, string] => [key, `${i}`]));
      expect(new Set(await again().keys())).toEqual(new Set(names));
      const found = await again().get(names);
      names.forEach((key, i) => {
        expect(found.get(key)).toBe(`${i}`);
      });
    });

    it('removes and stores in one', async () => {
      await put(['a', '1'], ['b', '2'], ['c', '3']);
      await store.write(new Map([['b', '4']]), ['a', 'nobody', 'b']);
      expect(await stored(again())).toEqual({ b: '4', c: '3' });
    });

    it('keeps writes in order, and 600 texts in one', async () => {
      await Promise.all(Array.from({ length: 10 }, (_, i) => put(['a', `${i}`])));
      expect((await store.get(['a'])).get('a')).toBe('9');
      const many = Array.from({ length: 600 }, (_, i): [string, string] => [`shop/Deployment/web-${i}`, `${i}`]);
      await put(...many);
      expect(await again().keys()).toHaveLength(601);
      expect((await again().get(many.map(([key]) => key))).get('shop/Deployment/web-599')).toBe('599');
    });
  });
}
