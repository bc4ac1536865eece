import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/*
 * Words that were ours alone, and the field's that stand in their place. They stay out of code, help texts, chart, rules, schemas and pages. What
 * tells of the past may use them: CHANGELOG, results of benchmarks.
 */
const RETIRED: readonly (readonly [retired: RegExp, instead: string, allowed?: RegExp])[] = [
  [/\bunmet-target\b|\bunmetTarget\b(?!Bp)/, 'slo'],
  [/\bkeepsPromise\b|\bpromiseBp\b|\bspentBp\b|\bbrokenPromise\b|\bservice promise\b/, 'SLO; its error budget is used'],
  [/\brehears\w*|Rehears\w*/, 'policy backtest'],
  [
    /\bscale-up-ahead\b|\bscaleUpAhead\b|\bleadSeconds\b|\bLEAD_SECONDS\b|_lead_seconds\b/,
    'lead time',
    /scale-up-ahead-seconds/,
  ],
  [/\bforeign-change\b|[fF]oreignChange/, 'external change'],
  [/\b[rR]oster\b/, 'workload registry'],
  [/\b[oO]penings\b/, 'onboarding'],
  [/\b[lL]essons\b|\bWaitingRows\b/, 'training examples, pending examples'],
  [/\bunrest\b/, 'volatility'],
  [/\bWantedJobs\b|ReadingsBoard\b|\bShownJob\b/, 'desired jobs, readings store, job view'],
  [/\bstrange[A-Z]\w*|[sS]tartTroubles/, 'a problem; start-up failures'],
  [/NetworkShelf|NightlyNetworks|LeadTimeNetwork|QuantileNetwork|\buntaught\b/, 'neural model, nightly training'],
  [
    /prescale_newest_load|prescale_hidden_workloads|prescale_unmet_(?:promise|spent)_ratio/,
    'the names of docs/metrics.md',
  ],
  [/\d bp\b|[a-z] bp'/, 'unmet demand in percent'],
  [/--network\b/, '--neural', /nft|podman|buildah|docker|unshare|chroot/],
];

const CHECKED = [
  '*.ts',
  '*.mjs',
  '*.yaml',
  '*.tpl',
  'schemas/*.json',
  'helm/*.json',
  'helm/*.txt',
  'README*.md',
  'docs/*.md',
];
/** Weights in base64 hold any letters; this file holds all of the words. */
const EXCEPT = /(?:^|\/)[\w-]*weights\.ts$|^docs\/words\.test\.ts$/;

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...CHECKED], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && !EXCEPT.test(path) && !path.startsWith('benchmarks/results/'));

describe('the retired words', () => {
  const texts = files.map((path) => [path, readFileSync(path, 'utf8').split('\n')] as const);

  for (const [retired, instead, allowed] of RETIRED) {
    it(`${retired}: the word is ${instead}`, () => {
      const found = texts.flatMap(([path, lines]) =>
        lines.flatMap((line, i) =>
          retired.test(line) && !(allowed?.test(line) ?? false)
            ? [`${path}:${i + 1}: ${line.trim().slice(0, 100)}`]
            : [],
        ),
      );
      expect(files.length).toBeGreaterThan(500);
      expect(found).toEqual([]);
    });
  }
});
