import { format, resolveConfig } from 'prettier';
import { errorsPage } from './errors-page.ts';
import { manifestPage } from './manifest-page.ts';

/** A page that is made from the code. */
export interface GeneratedPage {
  readonly file: URL;
  readonly text: string;
}

/** All generated pages of docs/, as they should be. */
export async function generatedPages(): Promise<readonly GeneratedPage[]> {
  const docs = new URL('../../docs/', import.meta.url);
  return Promise.all([
    formatted(new URL('errors.md', docs), errorsPage()),
    formatted(new URL('manifest.md', docs), manifestPage()),
  ]);
}

async function formatted(file: URL, text: string): Promise<GeneratedPage> {
  const options = await resolveConfig(file);
  return { file, text: await format(text, { ...options, parser: 'markdown' }) };
}
