import { expect, test } from 'vitest';
import type { ComparedModel, Comparison } from '../../../forecaster/day-ahead/compare.ts';
import { comparisonCsv, comparisonJson, comparisonSentence, comparisonText } from './model-table.ts';

const BEST: ComparedModel = {
  name: 'daily, slow',
  loss: 0.04,
  handicap: 1,
  timesBest: 1,
  share: 0.45,
  note: undefined,
};
const NEXT: ComparedModel = { ...BEST, name: 'network', loss: 0.038, handicap: 1.1, timesBest: 1.045, share: 0.3 };
const WEEK: ComparedModel = {
  name: 'last week',
  loss: undefined,
  handicap: undefined,
  timesBest: undefined,
  share: 0.25,
  note: 'not tested on the earlier days: needs one season of 7 d',
};
const UNFIT: ComparedModel = { ...WEEK, name: 'Fourier', share: 0, note: "can't serve: needs a day" };
const FAR: ComparedModel = { ...BEST, name: 'flat', loss: 0.4, timesBest: 10, share: 0, note: 'left out' };
const ALL: Comparison = { backtestedDays: 4, models: [BEST, NEXT, FAR, WEEK, UNFIT] };

test('a sentence, then the models in their order with figures to the right; what is not known is a dash', () => {
  expect(comparisonText(ALL, 200).slice(0, -2)).toEqual([
    '45 % daily, slow + 30 % network + 25 % last week make the forecast; over 4 backtested days daily, slow comes first, with a loss of 4.00 % of the load; the next counts 4.5 % more: network.',
    '',
    'model            loss   counts as   ÷ best   share   why it is not in, or not tested',
    'daily, slow    4.00 %      4.00 %    1.000    45 %',
    'network        3.80 %      4.18 %    1.045    30 %',
    'flat          40.00 %     40.00 %   10.000       –   left out',
    'last week           –           –        –    25 %   not tested on the earlier days: needs one season of 7 d',
    "Fourier             –           –        –       –   can't serve: needs a day",
  ]);
});

test.each<[string, ComparedModel[], RegExp]>([
  ['a winner with a handicap', [{ ...NEXT, timesBest: 1 }, FAR], /3\.80 % \(that counts as 4\.18 %\) of the load; /],
  [
    'one far ahead',
    [{ ...BEST, share: 1 }, FAR],
    /^daily, slow makes the forecast alone; .* 10 times as much: flat\.$/,
  ],
  ['a tie', [BEST, { ...NEXT, timesBest: 1.0001 }], /the next counts as much: network\.$/],
  [
    'a winner that missed nothing',
    [
      { ...BEST, loss: 0 },
      { ...FAR, timesBest: undefined },
    ],
    /counts more: flat\.$/,
  ],
  ['no rival', [{ ...BEST, share: 1 }, UNFIT], /with a loss of 4\.00 % of the load\.$/],
  ['no test', [{ ...WEEK, share: 1 }], /^last week makes the forecast alone: the history is too short to compare/],
])('%s, in words', (_, models, sentence) => {
  expect(comparisonSentence({ backtestedDays: 4, models })).toMatch(sentence);
});

test('as data: fractions, and null for what is not known', () => {
  expect(comparisonJson({ backtestedDays: 1, models: [BEST, UNFIT] })).toMatchObject({
    summary: expect.stringContaining('over one backtested day'),
    models: [
      { name: 'daily, slow', loss: 0.04, handicap: 1, timesBest: 1, share: 0.45, note: null },
      { name: 'Fourier', loss: null, handicap: null, timesBest: null, share: 0, note: "can't serve: needs a day" },
    ],
  });
});

test('as CSV: percent in numbers, text with commas in quotes', () => {
  expect([...comparisonCsv({ backtestedDays: 4, models: [BEST, NEXT, UNFIT] })].join('')).toBe(
    [
      'model,loss_percent,counts_as_percent,times_best,share_percent,note',
      '"daily, slow",4,4,1,45,',
      'network,3.8,4.18,1.045,30,',
      "Fourier,,,,0,can't serve: needs a day",
      '',
    ].join('\n'),
  );
});
