import { errorsPage } from './errors-page.ts';
import { manifestPage } from './manifest-page.ts';

/** A page that is made from the code. */
export interface GeneratedPage {
  readonly file: URL;
  readonly text: string;
}

/** All generated pages of docs/, as they should be. */
export function generatedPages(): readonly GeneratedPage[] {
  const docs = new URL('../../docs/', import.meta.url);
  return [
    { file: new URL('errors.md', docs), text: errorsPage() },
    { file: new URL('manifest.md', docs), text: manifestPage() },
  ];
}
