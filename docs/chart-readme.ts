import { settingRows, tableOf } from './chart-tables.ts';
import type { ChartValue } from './chart-values.ts';

/** What Chart.yaml says that the page shows. */
export interface ChartFacts {
  readonly description: string;
  readonly version: string;
  readonly appVersion: string;
  readonly kubeVersion: string;
}

/** helm/README.md: what the chart is, how it is installed, and every value with its default and its comment. */
export function chartReadme(
  { description, version, appVersion, kubeVersion }: ChartFacts,
  values: readonly ChartValue[],
): string {
  const rows = values.map(
    ({ path, description, isSection, default: value }) =>
      `| \`${path}\` | ${isSection ? '' : code(value)} | ${cell(description)} |`,
  );
  return `<!-- Written by helm/refresh.mjs from Chart.yaml, the comments of values.yaml and addon/config/config.ts: change these. -->

# The Prescale chart

${description}. Chart ${version}, Prescale ${appVersion}, Kubernetes ${kubeVersion.replace('-0', '')}, Helm 3 or 4.

\`\`\`sh
helm install prescale ./helm -n prescale --create-namespace \\
  --set image.registry=registry.example --set image.repository=scaling/prescale
helm -n prescale test prescale --logs
\`\`\`

A value that does not exist is refused, and a near miss is answered with the name that it was to be. Credentials are no values: they come from
Secrets of yours (\`secretMounts\`). Rendered twice, the chart is the same both times, so Argo CD and Flux apply it as it is.

## Values

${tableOf(['value', 'default', 'meaning'], rows)}

## config

The addon's configuration file as it stands, under \`config\`.

${tableOf(['value', 'default', 'meaning'], settingRows('config.'))}
`;
}

/** A value as YAML in one line, which JSON is. */
function code(value: unknown): string {
  const text = JSON.stringify(value);
  return value === '' ? '' : `\`${typeof value === 'string' ? value : text}\``;
}

/** Bars end a cell; what looks like HTML is text. */
function cell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/</g, '&lt;');
}
