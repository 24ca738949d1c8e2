export type NamedTest = readonly [file: string, part: string];
export type Walls = 'standard' | 'strong' | 'any';

export interface Threat {
  readonly id: string;
  readonly threat: string;
  readonly tests: Partial<Record<Walls, readonly NamedTest[]>>;
  readonly accepted?: string;
}

export const THREATS: readonly Threat[];
