import { Document, visit } from 'yaml';
import { escapedJson, plainJson } from '../../core/text/plain-text.ts';
import { writeData } from './output.ts';

/** A value as JSON or YAML on standard output; numbers that are none are null in both. @param indent of JSON; none: one line */
export async function writeForm(form: 'json' | 'yaml', value: unknown, indent: number | undefined = 2): Promise<void> {
  await writeData([form === 'json' ? `${plainJson(value, indent)}\n` : yamlText(value)]);
}

/** What can't be seen is escaped, which YAML has in double quotes only. */
export function yamlText(value: unknown): string {
  const document = new Document(JSON.parse(JSON.stringify(value)));
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && escapedJson(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
    },
  });
  return escapedJson(document.toString({ lineWidth: 0 }));
}
