/** What a record is divided into. Each part has a key of its own, so that a part can be shared or renewed by itself. */
export const PARTITIONS = ['personal', 'medical', 'medication', 'insurance', 'imaging', 'genome'] as const;
export type Partition = (typeof PARTITIONS)[number];

/** Beside the partitions: `digest` makes digests that tell a thief nothing, `upload` seals what is still coming in. */
export type KeyPurpose = Partition | 'digest' | 'upload';
