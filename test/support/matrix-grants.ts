import type { Grant } from '../../src/domain/grants.ts';
import { normalGrants } from '../../src/domain/grants.ts';
import type { Grantees } from './matrix.ts';

/** The organisation of the matrix; everybody but X and Y is inside. */
export const organizationId = 'o-matrix00001';
const organizationArn = `arn:aws:organizations::999999999999:organization/${organizationId}`;

const principals: Readonly<Record<string, string>> = {
  A: '222222222222',
  B: '333333333333',
  C: '444444444444',
  X: '555555555555',
  Y: '666666666666',
  R: 'arn:aws:iam::333333333333:role/reader',
  O: organizationId,
};

/** The accounts of the organisation that images are given to. */
export const consumerAccounts = ['A', 'B', 'C'].map(principalOf);

/** The principal that a letter stands for, in canonical form. */
export function principalOf(letter: string): string {
  return principals[letter] ?? letter;
}

/** RAM's name for the principal of a letter. */
export function entityOf(letter: string): string {
  return letter === 'O' ? organizationArn : principalOf(letter);
}

/** The letters of a text. */
export function lettersOf(to: string): readonly string[] {
  return to === '' ? [] : to.split(' ');
}

/** What some grantees may do. */
export function actionsOf({ actions }: Grantees): readonly string[] {
  return actions === undefined ? ['imagebuilder:GetImage', 'imagebuilder:ListImages'] : [`imagebuilder:${actions}`];
}

/** The grants to some grantees. */
export function grantsOf(all: readonly Grantees[]): readonly Grant[] {
  return normalGrants(
    all.flatMap((grantees) =>
      lettersOf(grantees.to).flatMap((letter) =>
        actionsOf(grantees).map((action) => ({ principal: principalOf(letter), action })),
      ),
    ),
  );
}

/** A policy template for some grantees; null for nobody. */
export function templateOf(all: readonly Grantees[]): string | null {
  const statements = all.flatMap((grantees) => statementsOf(grantees));
  return statements.length === 0 ? null : JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function statementsOf(grantees: Grantees): readonly object[] {
  const allow = { Effect: 'Allow', Action: actionsOf(grantees), Resource: '${imageArn}' };
  const letters = lettersOf(grantees.to);
  const named = letters.filter((letter) => letter !== 'O').map(principalOf);
  const condition = { StringEquals: { 'aws:PrincipalOrgID': organizationId } };
  return [
    ...(named.length > 0 ? [{ ...allow, Principal: { AWS: named } }] : []),
    ...(letters.includes('O') ? [{ ...allow, Principal: '*', Condition: condition }] : []),
  ];
}
