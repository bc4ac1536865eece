import { join } from 'node:path';
import { InputError } from '../core/errors.ts';
import { renderText } from '../replay/report/text.ts';
import { texts } from '../replay/report/texts/words.ts';
import { checkWritable, writeOutFiles } from './out-folder.ts';
import { wantsColours, writeData, writeStyled } from './output.ts';
import { progressBar } from './progress.ts';
import { parsePrometheus } from './prometheus-options.ts';
import { parseReading } from './reading-flags.ts';
import { runReplayMany } from './replay-many.ts';
import type { Flags } from './replay-options.ts';
import { playTrace, readReplayWork } from './replay-work.ts';
import { textColumns } from './terminal-columns.ts';
import { readPlayable } from './trace-input.ts';
import { isMany } from './trace-list.ts';
import { parseKind } from './trace-options.ts';
import { writeForm } from './write-form.ts';

/** `prescale replay [traces…]`: everything is checked before any work, and nothing is written before all of it is done. */
export async function runReplay(args: readonly string[], flags: Flags): Promise<void> {
  const prometheus = parsePrometheus(flags, process.env, Date.now() / 1000);
  if (args.length > 0 && prometheus)
    throw new InputError('--prometheus conflicts with a trace file: give one of the two');
  if (flags.out === '') throw new InputError('--out: found nothing; expected a folder');
  if (isMany(args)) return runReplayMany(args, flags);
  const [argument] = args;
  const kind = parseKind(flags);
  const reading = parseReading(flags, argument !== undefined);
  const work = await readReplayWork(flags, argument === undefined && !prometheus);
  const out = flags.out!;
  await checkWritable(out);
  const trace = await readPlayable({ argument, prometheus, kind, reading });

  const progress = progressBar('Replaying');
  const { report, files } = playTrace(trace, work, progress.update, prometheus?.query);
  progress.done();

  await writeOutFiles(out, files);
  const { language, output } = work.options;
  if (output !== 'table') return writeForm(output, report);
  const text = renderText(report, wantsColours(process.stdout, process.env), language, textColumns());
  await writeStyled(text);
  await writeData([`\n${texts(language).terminal.wrote(join(out, 'report.html'))}\n`]);
}
