import { eciStartup, empiricalStartup, logNormalStartup, type StartupLatency } from '../../core/startup.ts';
import { durationSeconds, type Written, wrongOption } from './options.ts';

const EXPECTED = 'eci, p50=9s,p90=20s (two durations, p50 ≤ p90, at most a day) or a .csv file with the column seconds';
const QUANTILES = /^p50=([^,]+),p90=([^,]+)$/;
const MAX_SECONDS = 86_400;

/** `--startup eci | p50=9s,p90=20s | <file.csv>`. @throws InputError */
export async function parseStartup(written: Written): Promise<StartupLatency> {
  if (written.text === 'eci') return eciStartup();
  const quantiles = QUANTILES.exec(written.text.replaceAll(' ', ''));
  if (quantiles) {
    const p50 = durationSeconds(quantiles[1]!);
    const p90 = durationSeconds(quantiles[2]!);
    if (p50 === undefined || p90 === undefined || p90 < p50 || p90 > MAX_SECONDS) throw wrongOption(written, EXPECTED);
    return logNormalStartup(p50, p90);
  }
  if (!written.text.endsWith('.csv')) throw wrongOption(written, EXPECTED);
  const { readStartupCsv } = await import('../../collector/trace/csv/startup-csv.io.ts');
  return empiricalStartup(await readStartupCsv(written.text), 'measured');
}
