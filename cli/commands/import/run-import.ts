import { expectedZone, isTimeZone } from '../../../core/calendar/time-zone.ts';
import { InputError } from '../../../core/errors.ts';
import { migrate } from '../../../migration/migrate.ts';
import { TEXT_COLUMNS } from '../../../replay/report/terminal/terminal-width.ts';
import { readManifestArguments } from '../../options/manifest-input.ts';
import { parseChoice, wrongOption } from '../../options/options.ts';
import { wantsColours, writeData, writeJson, writeNote, writeStyled } from '../../terminal/output.ts';
import { importJson } from './json-output.ts';
import { kustomizationYaml, valuesYaml, workloadsYaml } from './manifest-output.ts';
import { type BesideFlags, replayBeside } from './replay-beside.ts';
import { importText } from './text-output.ts';

export interface ImportFlags extends BesideFlags {
  readonly output: string;
  readonly keepMode?: boolean;
}

const OUTPUTS = ['text', 'yaml', 'kustomize', 'values', 'json'] as const;
const LEAST_COLUMNS = 40;

/** `prescale import <manifests…>`: everything is checked before anything is written. */
export async function runImport(args: readonly string[], flags: ImportFlags): Promise<void> {
  const output = parseChoice({ option: '--output', text: flags.output }, OUTPUTS);
  const { timezone } = flags;
  if (timezone !== undefined && !isTimeZone(timezone))
    throw wrongOption({ option: '--timezone', text: timezone }, expectedZone(timezone));
  const { objects, problems } = await readManifestArguments(args);
  if (problems.length > 0)
    throw new InputError(problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('; '));
  const migrated = migrate(objects, {
    nowSeconds: Date.now() / 1000,
    timeZone: timezone,
    keepMode: flags.keepMode === true,
  });
  const { migrations, skipped } = migrated;
  const colours = wantsColours(process.stdout, process.env);
  const beside = await replayBeside(flags, migrations, colours);
  switch (output) {
    case 'json':
      return writeJson(importJson(migrated, beside));
    case 'text': {
      const columns = Math.min(TEXT_COLUMNS, Math.max(LEAST_COLUMNS, process.stdout.columns ?? TEXT_COLUMNS));
      await writeStyled(importText(migrations, columns, colours));
      if (beside !== undefined) await writeStyled(`\n${beside.text}`);
      break;
    }
    default: {
      const render = { yaml: workloadsYaml, kustomize: kustomizationYaml, values: valuesYaml }[output];
      await writeData([render(migrations)]);
      if (beside !== undefined) writeNote(`prescale: ${beside.headline}`);
    }
  }
  if (skipped.length > 0)
    writeNote(
      `prescale: ${skipped.length} ${skipped.length === 1 ? 'object is' : 'objects are'} no autoscaler, and skipped`,
    );
}
