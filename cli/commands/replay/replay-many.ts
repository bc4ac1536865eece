import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../core/errors.ts';
import { plainJson } from '../../../core/text/plain-text.ts';
import { texts as textsOf } from '../../../replay/report/texts/texts.ts';
import type { Report } from '../../../replay/result.ts';
import { parseReading } from '../../options/reading-flags.ts';
import { parseKind } from '../../options/trace-options.ts';
import { packageVersion } from '../../package-root.ts';
import { fitText } from '../../terminal/fit-lines.ts';
import { wantsColours, writeData, writeNote, writeStyled } from '../../terminal/output.ts';
import { progressBar } from '../../terminal/progress.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { writeForm } from '../../terminal/write-form.ts';
import { checkWritable, writeOutFiles } from './out-folder.ts';
import { indexPage } from './replay-index-page.ts';
import { indexText } from './replay-index-text.ts';
import type { Flags } from './replay-options.ts';
import { type Outcome, replayOnThreads, threadsFor } from './replay-pool.ts';
import {
  type ReplayIndex,
  type ReplayRow,
  type RowWords,
  rankedBySaving,
  replayRow,
  rowWords,
  totalsOf,
} from './replay-rows.ts';
import { readReplayWork } from './replay-work.ts';
import { type ListedTrace, listTraces, type NotReplayed, type TraceList } from './trace-list.ts';

/** Exit codes of several traces, beside those of one (main.ts). */
const SOME_FAILED = 1;
const SOME_SKIPPED = 3;

/**
 * `prescale replay <folder or files…>`: a folder of its own for each trace, and an index of all. A trace that can't be replayed
 * stops none of the others.
 * @throws InputError where none of them can be replayed; nothing is written then
 */
export async function runReplayMany(args: readonly string[], flags: Flags): Promise<void> {
  const kind = parseKind(flags);
  const reading = parseReading(flags, true);
  // Read by each thread once more; here, so that a wrong option is one sentence.
  const { options } = await readReplayWork(flags, false);
  const list = await listTraces(args);
  const out = flags.out!;
  await checkWritable(out);

  const texts = textsOf(options.language);
  const words = new Map<ReplayRow, RowWords>();
  const wordsOf = (row: ReplayRow) => words.get(row)!;

  const ended = await replayAll(list.traces, out, { flags, kind, reading }, (row, report) =>
    words.set(row, rowWords(report, row.baseline, texts)),
  );
  const index = indexOf(list, ended, options.settings.unmetTargetBp);
  if (index.rows.length === 0) return complainOf(index);
  const json = `${plainJson(index, 2)}\n`;
  await writeOutFiles(out, [
    { name: 'index.json', pieces: [json] },
    { name: 'index.html', pieces: [indexPage(index, options.language, wordsOf)] },
  ]);
  if (index.failed.length > 0) process.exitCode = SOME_FAILED;
  else if (index.skipped.length > 0) process.exitCode = SOME_SKIPPED;
  if (options.output !== 'table') return writeForm(options.output, index);
  const columns = outColumns();
  const text = indexText(index, wantsColours(process.stdout, process.env), options.language, wordsOf, columns);
  await writeStyled(fitText(text, columns));
  await writeData([`\n${texts.index.wrote(join(out, 'index.html'))}\n`]);
}

/**
 * How the replay of each trace ended, in the order of the traces; those that were replayed are written.
 * @param onRow told of each of those
 */
async function replayAll(
  traces: readonly ListedTrace[],
  out: string,
  data: Parameters<typeof replayOnThreads>[2],
  onRow: (row: ReplayRow, report: Report) => void,
): Promise<readonly (ReplayRow | Exclude<Outcome, { report: unknown }>)[]> {
  const ended: (ReplayRow | Exclude<Outcome, { report: unknown }>)[] = [];
  const shares = new Float64Array(traces.length);
  let done = 0;
  // One at a time: each removes what it began when it is interrupted.
  let writing = Promise.resolve();
  const progress = progressBar(() => `Replaying, ${done} of ${traces.length} done`);
  const threads = threadsFor(traces.length, availableParallelism());
  try {
    progress.update(0);
    await replayOnThreads(
      traces.map(({ path }) => ({ path })),
      threads,
      data,
      (i, fraction) => {
        shares[i] = fraction;
        progress.update(shares.reduce((sum, share) => sum + share, 0) / traces.length);
      },
      async (i, outcome) => {
        done++;
        if (!('report' in outcome)) {
          ended[i] = outcome;
          return;
        }
        const { name, path } = traces[i]!;
        writing = writing.then(() => writeOutFiles(join(out, name), outcome.files));
        await writing;
        const row = replayRow(name, path, outcome.report, outcome.demandPodHours);
        onRow(row, outcome.report);
        ended[i] = row;
      },
    );
  } finally {
    progress.done();
  }
  return ended;
}

function indexOf(list: TraceList, ended: Awaited<ReturnType<typeof replayAll>>, unmetTargetBp: number): ReplayIndex {
  const rows: ReplayRow[] = [];
  const skipped: NotReplayed[] = [...list.skipped];
  const failed: NotReplayed[] = [];
  for (const [i, end] of ended.entries()) {
    const { path } = list.traces[i]!;
    if ('refused' in end) skipped.push({ path, why: end.refused });
    else if ('failed' in end) failed.push({ path, why: end.failed });
    else rows.push(end);
  }
  return {
    schemaVersion: 1,
    tool: { name: 'prescale', version: packageVersion() },
    unmetTargetBp,
    rows: rankedBySaving(rows),
    totals: totalsOf(rows),
    skipped,
    failed,
    notEntered: list.notEntered,
  };
}

/** Each with its sentence, and one for all. */
function complainOf({ skipped, failed, notEntered }: ReplayIndex): void {
  const all = [...failed, ...skipped];
  for (const { why } of all) writeNote(`prescale: ${why}`);
  const inside = notEntered.length === 0 ? '' : `; folders in a folder are not entered (${notEntered[0]})`;
  const sentence = `none of ${all.length === 1 ? 'one file' : `${all.length} files`} could be replayed${inside}`;
  if (failed.length === 0) throw new InputError(sentence);
  writeNote(`prescale: ${sentence}`);
  process.exitCode = SOME_FAILED;
}
