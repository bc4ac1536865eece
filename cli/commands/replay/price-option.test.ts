import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SHIPPED_PRICE_BOOKS } from '../../../replay/cost/price-book-file.io.ts';
import { priceBookFile } from './price-option.ts';

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
