import { InputError } from '../../core/errors.ts';
import { EXACT_OBSERVATION, type Observation, usualWindowSeconds } from '../../replay/observation.ts';
import { duration } from '../../replay/report/wording.ts';
import { parseChoice, parseDuration, parseShare, type Written, wrongOption } from './options.ts';

/** Values as typed, by commander's name. */
type Flags = Readonly<Record<string, string | undefined>>;

const KINDS = ['rate', 'gauge', 'exact'] as const;
const DEFAULT_SCRAPE_SECONDS = 15;
const MAX_SCRAPE_SECONDS = 300;
const MAX_WINDOW_SECONDS = 3_600;
/** A target that fails more often than every second time is no source of a metric. */
const MAX_LOSS = 0.5;

/**
 * `--observation`, `--scrape-interval`, `--rate-window`, `--scrape-loss`: what policies see of the demand.
 * @throws InputError naming the option
 */
export function parseObservation(flags: Flags): Observation {
  const kind = parseChoice({ option: '--observation', text: flags.observation ?? 'rate' }, KINDS);
  if (kind === 'exact') {
    refuse(flags, kind, ['scrapeInterval', 'rateWindow', 'scrapeLoss'], 'nothing is scraped');
    return EXACT_OBSERVATION;
  }
  const scrapeSeconds = atMost(
    { option: '--scrape-interval', text: flags.scrapeInterval ?? `${DEFAULT_SCRAPE_SECONDS}s` },
    1,
    MAX_SCRAPE_SECONDS,
  );
  const lossProbability = parseShare({ option: '--scrape-loss', text: flags.scrapeLoss ?? '0' }, MAX_LOSS);
  if (kind === 'gauge') {
    refuse(flags, kind, ['rateWindow'], 'its newest sample is read, without a window');
    return { kind, scrapeSeconds, lossProbability };
  }
  if (flags.rateWindow === undefined) {
    return { kind, scrapeSeconds, lossProbability, windowSeconds: usualWindowSeconds(scrapeSeconds) };
  }
  const written = { option: '--rate-window', text: flags.rateWindow };
  const windowSeconds = atMost(written, 1, MAX_WINDOW_SECONDS);
  if (windowSeconds < 2 * scrapeSeconds) {
    throw wrongOption(
      written,
      `at least ${duration(2 * scrapeSeconds)}: a rate needs two scrapes in its window, and they are ${duration(scrapeSeconds)} apart (--scrape-interval)`,
    );
  }
  return { kind, scrapeSeconds, lossProbability, windowSeconds };
}

const OPTION_NAMES = {
  scrapeInterval: '--scrape-interval',
  rateWindow: '--rate-window',
  scrapeLoss: '--scrape-loss',
} as const;

function refuse(flags: Flags, kind: string, names: readonly (keyof typeof OPTION_NAMES)[], why: string): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given) throw new InputError(`${OPTION_NAMES[given]} conflicts with --observation ${kind}: ${why}`);
}

function atMost(written: Written, least: number, most: number): number {
  const seconds = parseDuration(written);
  if (seconds < least || seconds > most) {
    throw wrongOption(written, `a duration from ${duration(least)} to ${duration(most)}`);
  }
  return seconds;
}
