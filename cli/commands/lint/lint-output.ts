import { plainText } from '../../../core/text/plain-text.ts';
import type { LintFinding } from './finding.ts';
import type { LintResult } from './lint-objects.ts';

/** `shop.yaml:12: error: Deployment web: prescale.dev/target: found …`, as compilers write it. */
export function findingLine(finding: LintFinding): string {
  return `${finding.file}:${finding.line}: ${finding.level}: ${words(finding)}`;
}

function words({ object, annotation, message, source }: LintFinding): string {
  const from = source === undefined ? '' : ` (${source})`;
  return plainText([object, annotation, message].filter((part) => part !== undefined).join(': ') + from);
}

/** A workflow command of GitHub Actions: shown beside the line of a pull request. */
export function githubLine(finding: LintFinding): string {
  const property = (text: string) => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::${finding.level} file=${property(finding.file)},line=${finding.line},title=prescale::${escaped(words(finding))}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** What `-o json` prints. */
export function lintJson({ findings, objects, optedIn }: LintResult) {
  const count = (level: LintFinding['level']) => findings.filter((finding) => finding.level === level).length;
  return {
    schemaVersion: 1,
    objects,
    optedIn,
    errors: count('error'),
    warnings: count('warning'),
    findings: findings.map((finding) => ({
      file: finding.file,
      line: finding.line,
      level: finding.level,
      object: finding.object ?? null,
      annotation: finding.annotation ?? null,
      message: finding.message,
      source: finding.source ?? null,
    })),
  };
}

/** `2 errors and 1 warning in 14 objects, of which 3 opt in`. */
export function summary({ findings, objects, optedIn }: LintResult): string {
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.length - errors;
  const found =
    findings.length === 0 ? 'nothing wrong' : `${counted(errors, 'error')} and ${counted(warnings, 'warning')}`;
  return `${found} in ${counted(objects, 'object')}, of which ${optedIn} opt${optedIn === 1 ? 's' : ''} in`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
