/** What stays behind although the grants are right; each gives nobody access. */
export type Residue = 'promoted' | 'owner-only-policy' | 'unpromoted-share';
