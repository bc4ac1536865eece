import { parse } from 'yaml';
import { type AddonConfig, addonConfig, defaultConfig } from '../../../addon/config/config.ts';
import { policyLimits } from '../../../addon/config/policy-limits.ts';
import { InputError } from '../../../core/errors.ts';
import { CONFIG_BYTES, readInputText } from '../../../files/input-file.io.ts';
import { isRecord } from '../../../kubernetes/manifests/manifest-documents.ts';
import { readManifestArguments } from '../../options/manifest-input.ts';
import { parseChoice, wrongOption } from '../../options/options.ts';
import { writeData, writeJson, writeNote } from '../../terminal/output.ts';
import type { LintFinding } from './finding.ts';
import type { Kind } from './kinds.ts';
import { lintObjects } from './lint-objects.ts';
import { findingLine, githubLine, lintJson, summary } from './lint-output.ts';

export interface LintFlags {
  readonly config?: string;
  readonly kind?: readonly string[];
  readonly strict?: boolean;
  readonly output: string;
}

const OUTPUTS = ['text', 'json', 'github'] as const;
const KIND = /^([a-z0-9.-]+\/v[a-z0-9]+)\/([A-Z][A-Za-z0-9]*)$/;
/** Wrong input; as all commands. */
const REFUSED = 2;

/** `prescale lint <manifests…>`: everything that is wrong at once. Exit code 2 with an error, and with `--strict` with a warning. */
export async function runLint(args: readonly string[], flags: LintFlags): Promise<void> {
  const output = parseChoice({ option: '--output', text: flags.output }, OUTPUTS);
  const config = flags.config === undefined ? undefined : readLintConfig(flags.config);
  const kinds = [...(config ?? defaultConfig()).kinds, ...(flags.kind ?? []).map(parseKind)];
  const { objects, problems } = await readManifestArguments(args);
  if (objects.length === 0 && problems.length === 0) {
    throw new InputError(
      `${args.join(', ')}: found no Kubernetes object; expected manifests (is the chart's output empty?)`,
    );
  }
  const looked = lintObjects(objects, { kinds, limits: config && policyLimits(config) });
  const broken = problems.map(
    ({ file, line, message }): LintFinding => ({
      file,
      line,
      level: 'error',
      object: undefined,
      annotation: undefined,
      message,
      source: undefined,
    }),
  );
  const found = [...broken, ...looked.findings].map((finding) =>
    flags.strict ? { ...finding, level: 'error' as const } : finding,
  );
  const result = { ...looked, findings: inOrder(found) };
  if (output === 'json') await writeJson(lintJson(result));
  else
    await writeData(result.findings.map((finding) => `${(output === 'github' ? githubLine : findingLine)(finding)}\n`));
  if (output !== 'json') {
    writeNote(`prescale: ${summary(result)}`);
    if (config === undefined && result.optedIn > 0)
      writeNote(
        'prescale: templates, raw queries and the cap on replicas are checked with --config, the chart’s values',
      );
  }
  if (result.findings.some(({ level }) => level === 'error')) process.exitCode = REFUSED;
}

/** By line within each file, the files as they came; the same at the same place once. */
function inOrder(findings: readonly LintFinding[]): LintFinding[] {
  const files = [...new Set(findings.map(({ file }) => file))];
  const unique = [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
  return unique.sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line);
}

/** `argoproj.io/v1alpha1/Rollout`. */
function parseKind(text: string): Kind {
  const match = KIND.exec(text);
  if (match === null)
    throw wrongOption({ option: '--kind', text }, 'apiVersion and kind such as argoproj.io/v1alpha1/Rollout');
  return { apiVersion: match[1]!, kind: match[2]! };
}

/** The addon's configuration, or the chart's values that hold it under `config`. */
function readLintConfig(path: string): AddonConfig {
  const name = `--config ${path}`;
  const text = readInputText({
    path,
    name,
    expected: "the chart's values or the addon's configuration",
    mostBytes: CONFIG_BYTES,
  });
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new InputError(`${name}: ${(error as Error).message}`, { cause: error });
  }
  return addonConfig(isRecord(content) && isRecord(content.config) ? content.config : content, name);
}
