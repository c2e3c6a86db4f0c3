import type { LinkOf } from './render/report.ts';

/** Gives the address of a run, or null where nobody said where the web UI is. */
export function linksTo(uiUrl: string | undefined, namespace: string): LinkOf {
  return (run) => (uiUrl === undefined ? null : uiLink(uiUrl, namespace, run));
}

/** Address of a run in Temporal's web UI. */
export function uiLink(
  uiUrl: string,
  namespace: string,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): string {
  const path = ['namespaces', namespace, 'workflows', workflowId, runId].map(encodeURIComponent).join('/');
  return `${uiUrl.replace(/\/+$/, '')}/${path}`;
}
