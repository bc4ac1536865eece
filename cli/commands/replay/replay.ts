import { join } from 'node:path';
import { InputError } from '../../../core/errors.ts';
import { TEXT_COLUMNS } from '../../../replay/report/terminal/terminal-width.ts';
import { renderText } from '../../../replay/report/terminal/text.ts';
import { texts } from '../../../replay/report/texts/texts.ts';
import { parsePrometheus } from '../../options/prometheus-options.ts';
import { parseReading } from '../../options/reading-flags.ts';
import { readPlayable } from '../../options/trace-input.ts';
import { parseKind } from '../../options/trace-options.ts';
import { wantsColours, writeData, writeStyled } from '../../terminal/output.ts';
import { progressBar } from '../../terminal/progress.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { writeForm } from '../../terminal/write-form.ts';
import { checkWritable, writeOutFiles } from './out-folder.ts';
import { runReplayMany } from './replay-many.ts';
import type { Flags } from './replay-options.ts';
import { playTrace, readReplayWork } from './replay-work.ts';
import { isMany } from './trace-list.ts';

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
  const text = renderText(
    report,
    wantsColours(process.stdout, process.env),
    language,
    Math.min(TEXT_COLUMNS, outColumns() ?? TEXT_COLUMNS),
  );
  await writeStyled(text);
  await writeData([`\n${texts(language).terminal.wrote(join(out, 'report.html'))}\n`]);
}
