import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { elasticPodHour } from '../../../replay/cost/price-book.ts';
import { readPriceBook, SHIPPED_PRICE_BOOKS } from '../../../replay/cost/price-book-file.io.ts';
import { priceBookFile, pricedBySize } from './price-option.ts';

describe('--price', () => {
  it('finds every shipped price book by its name, ECI by default', () => {
    for (const name of Object.keys(SHIPPED_PRICE_BOOKS)) expect(existsSync(priceBookFile(name)), name).toBe(true);
    expect(priceBookFile('eks-fargate')).toMatch(/prices\/eks-fargate\.yaml$/);
    expect(priceBookFile(undefined)).toBe(priceBookFile('eci'));
  });

  it('takes what is called as a file is for one', () => {
    expect(priceBookFile('./eci')).toBe('./eci');
    expect(priceBookFile('mine.yaml')).toBe('mine.yaml');
    expect(priceBookFile('README.md')).toBe('README.md');
  });

  it('says which names there are where a word is neither', () => {
    expect(() => priceBookFile('eks-fargat')).toThrow(
      '--price: found "eks-fargat"; expected eci, eks-fargate, gke-autopilot or aci, or a file; did you mean eks-fargate?',
    );
  });
});

describe('--pod-size', () => {
  const book = readPriceBook(priceBookFile(undefined));

  it('prices pods by what they request: half a core and 1 GiB cost half of one and 2 GiB', () => {
    expect(elasticPodHour(pricedBySize(book, '500m,1Gi'))).toBeCloseTo(elasticPodHour(book) / 2, 12);
    expect(pricedBySize(book, undefined)).toBe(book);
  });

  it('fits more small pods on a resident node, and considers no base where not one fits', () => {
    const { podsPerInstance } = book.resident!;
    expect(pricedBySize(book, '500m,1Gi').resident!.podsPerInstance).toBe(2 * podsPerInstance);
    expect(pricedBySize(book, '500,1Gi').resident).toBeUndefined();
  });

  it.each(['500m', '500m,1Gi,2', '0,1Gi', 'a,b', '-1,1Gi', ''])('refuses %s', (text) => {
    expect(() => pricedBySize(book, text)).toThrow(/^--pod-size: found .*; expected cores and bytes such as 500m,1Gi$/);
  });
});
