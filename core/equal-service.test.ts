import { expect, it } from 'vitest';
import { cheapestAtService } from './equal-service.ts';

const rules = [
  { name: 'spare', cost: 3, unmetBp: 0 },
  { name: 'usual', cost: 2, unmetBp: 0.8 },
  { name: 'tight', cost: 1, unmetBp: 9 },
];

it('takes the cheapest that serves as well as asked', () => {
  expect(cheapestAtService(rules, 1).name).toBe('usual');
  expect(cheapestAtService(rules, 0.8).name).toBe('usual');
  expect(cheapestAtService(rules, 0.5).name).toBe('spare');
  expect(cheapestAtService(rules, 100).name).toBe('tight');
});

it('takes the one that fails least where none serves as well', () => {
  expect(cheapestAtService(rules.slice(1), 0.1).name).toBe('usual');
});
