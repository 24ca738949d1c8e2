import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository, type SelectQueryBuilder } from 'typeorm';
import { matches, type DicomAttributes, type MatchingKey, type QueryLevel } from '@vitrine/dicom';
import { attributesOf, derivedOfStudy } from './image-attributes.js';
import { RecordFile } from './record-file.entity.js';
import { RecordItem } from './record-item.entity.js';

/** Which images: those below all of the UIDs that are given. */
export interface ImageScope {
  readonly study?: string | undefined;
  readonly series?: string | undefined;
  readonly instance?: string | undefined;
}

/** One instance that the patient keeps. */
export interface KeptInstance {
  readonly itemId: string;
  readonly studyInstanceUid: string;
  readonly file: RecordFile;
}

/** One match of a search: its UIDs as far as its level has them, and all that is known of it and of what it is in. */
export interface ImageMatch {
  readonly scope: ImageScope;
  readonly attributes: DicomAttributes;
}

export interface ImageSearch {
  readonly level: QueryLevel;
  readonly keys: readonly MatchingKey[];
  readonly offset: number;
  readonly limit: number;
}

/** A class of objects in one encoding, of which there are some. */
export interface ImageKind {
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
}

interface Group {
  readonly study: string;
  readonly series?: string;
  readonly fileId: string;
  readonly instances: number;
  readonly seriesCount: number;
}

const UID_COLUMNS = {
  '0020000D': 'item.studyInstanceUid',
  '0020000E': 'file.seriesInstanceUid',
  '00080018': 'file.sopInstanceUid',
} as const;

/** SQLite takes a bounded number of parameters in one statement. */
const CHUNK = 500;

/**
 * Studies, series and instances of one patient, as a PACS would tell of them. Only what the patient keeps: a deposit
 * is not there before it is accepted. Where the record has several versions of one instance, the first one counts.
 */
@Injectable()
export class ImageIndex {
  constructor(
    @InjectRepository(RecordFile) private readonly files: Repository<RecordFile>,
    @InjectRepository(RecordItem) private readonly items: Repository<RecordItem>,
  ) {}

  /** The instances of a scope, each of whose UIDs may be a list, by series and number. */
  async instances(patientId: string, scope: ImageScope): Promise<KeptInstance[]> {
    const keys = uidKeys(scope);
    return (await this.instancesOf(patientId, keys)).filter(({ studyInstanceUid, file }) =>
      matches(
        {
          '0020000D': [studyInstanceUid],
          '0020000E': [file.seriesInstanceUid ?? ''],
          '00080018': [file.sopInstanceUid ?? ''],
        },
        keys,
      ),
    );
  }

  /** What kinds of objects there are. */
  kinds(patientId: string): Promise<ImageKind[]> {
    return this.within(patientId, [])
      .select('file.sopClassUid', 'sopClassUid')
      .addSelect('file.transferSyntaxUid', 'transferSyntaxUid')
      .distinct(true)
      .getRawMany<ImageKind>();
  }

  private async instancesOf(patientId: string, keys: readonly MatchingKey[]): Promise<KeptInstance[]> {
    const rows = await this.within(patientId, keys)
      .select('file')
      .addSelect(['item.id', 'item.studyInstanceUid', 'item.addedAt'])
      .orderBy('item.addedAt', 'ASC')
      .addOrderBy('item.id', 'ASC')
      .addOrderBy('file.id', 'ASC')
      .getRawAndEntities<{ item_id: string; item_studyInstanceUid: string }>();
    const first = new Map<string, KeptInstance>();
    rows.entities.forEach((file, at) => {
      const raw = rows.raw[at];
      if (raw === undefined || first.has(file.sopInstanceUid ?? '')) return;
      first.set(file.sopInstanceUid ?? '', {
        itemId: raw.item_id,
        studyInstanceUid: raw.item_studyInstanceUid,
        file,
      });
    });
    return [...first.values()].sort(byPlace);
  }

  /** What matches all keys. `more` counts the matches beyond those that are answered. */
  async search(
    patientId: string,
    { level, keys, offset, limit }: ImageSearch,
  ): Promise<{ readonly found: ImageMatch[]; readonly more: number }> {
    const candidates =
      level === 'instance'
        ? await this.instanceMatches(patientId, keys)
        : await this.groups(patientId, level, keys);
    const all = candidates.filter(({ attributes }) => matches(attributes, keys));
    const found = all.slice(offset, offset + limit);
    return { found, more: Math.max(0, all.length - offset - found.length) };
  }

  private async instanceMatches(patientId: string, keys: readonly MatchingKey[]): Promise<ImageMatch[]> {
    const found = await this.instancesOf(patientId, keys);
    const studies = await this.studyFacts(patientId, [...new Set(found.map((one) => one.studyInstanceUid))]);
    const items = await this.itemsOf(found.map(({ itemId }) => itemId));
    return found.map(({ file, itemId, studyInstanceUid }) => ({
      scope: {
        study: studyInstanceUid,
        series: file.seriesInstanceUid ?? '',
        instance: file.sopInstanceUid ?? '',
      },
      attributes: {
        ...attributesOf(file, items.get(itemId)),
        ...studies.get(studyInstanceUid),
        '00080056': ['ONLINE'],
        '00083002': [file.transferSyntaxUid ?? ''],
      },
    }));
  }

  private async groups(
    patientId: string,
    level: 'study' | 'series',
    keys: readonly MatchingKey[],
  ): Promise<ImageMatch[]> {
    const query = this.within(patientId, keys)
      .select('item.studyInstanceUid', 'study')
      .addSelect('MIN(file.id)', 'fileId')
      .addSelect('COUNT(DISTINCT file.sopInstanceUid)', 'instances')
      .addSelect('COUNT(DISTINCT file.seriesInstanceUid)', 'seriesCount')
      .groupBy('item.studyInstanceUid')
      .orderBy('item.studyInstanceUid');
    if (level === 'series')
      query
        .addSelect('file.seriesInstanceUid', 'series')
        .addGroupBy('file.seriesInstanceUid')
        .addOrderBy('file.seriesInstanceUid', 'ASC', 'NULLS FIRST');
    const groups = await query.getRawMany<Group>();
    const files = await this.filesOf(groups.map(({ fileId }) => fileId));
    const items = await this.itemsOf([...files.values()].map(({ itemId }) => itemId));
    const studies = await this.studyFacts(patientId, [...new Set(groups.map(({ study }) => study))]);
    return groups
      .flatMap((group): ImageMatch[] => {
        const file = files.get(group.fileId);
        if (file === undefined) return [];
        return [
          {
            scope: { study: group.study, ...(group.series === undefined ? {} : { series: group.series }) },
            attributes: {
              ...attributesOf(file, items.get(file.itemId)),
              ...studies.get(group.study),
              ...(level === 'series' ? { '00201209': [String(group.instances)] } : {}),
            },
          },
        ];
      })
      .sort(level === 'study' ? byDate : bySeriesNumber);
  }

  /** What a study has in all its series, by Study Instance UID. */
  private async studyFacts(
    patientId: string,
    studies: readonly string[],
  ): Promise<Map<string, DicomAttributes>> {
    const facts = new Map<string, DicomAttributes>();
    for (let at = 0; at < studies.length; at += CHUNK) {
      const part = studies.slice(at, at + CHUNK);
      const counts = await this.within(patientId, [], part)
        .select('item.studyInstanceUid', 'study')
        .addSelect('COUNT(DISTINCT file.sopInstanceUid)', 'instances')
        .addSelect('COUNT(DISTINCT file.seriesInstanceUid)', 'seriesCount')
        .groupBy('item.studyInstanceUid')
        .getRawMany<Pick<Group, 'study' | 'instances' | 'seriesCount'>>();
      const kinds = await this.within(patientId, [], part)
        .select('item.studyInstanceUid', 'study')
        .addSelect('file.modality', 'modality')
        .addSelect('file.sopClassUid', 'sopClass')
        .distinct(true)
        .getRawMany<{ study: string; modality: string | null; sopClass: string | null }>();
      for (const { study, instances, seriesCount } of counts) {
        const own = kinds.filter((kind) => kind.study === study);
        facts.set(study, derivedOfStudy(own, instances, seriesCount));
      }
    }
    return facts;
  }

  private within(
    patientId: string,
    keys: readonly MatchingKey[],
    studies?: readonly string[],
  ): SelectQueryBuilder<RecordFile> {
    const query = this.files
      .createQueryBuilder('file')
      .innerJoin(RecordItem, 'item', 'item.id = file.itemId')
      .where(`item.patientId = :patientId AND item.state = 'kept' AND item.kind = 'imaging'`, { patientId })
      .andWhere(`file.format = 'dicom'`);
    if (studies !== undefined) query.andWhere('item.studyInstanceUid IN (:...studies)', { studies });
    for (const [tag, column] of Object.entries(UID_COLUMNS)) {
      const uids = uidsOf(keys, tag);
      // Too many for one statement are left to the matcher, which looks at every key anyhow.
      if (uids !== undefined && uids.length <= CHUNK)
        query.andWhere(`${column} IN (:...uids${tag})`, { [`uids${tag}`]: uids });
    }
    return query;
  }

  private async filesOf(ids: readonly string[]): Promise<Map<string, RecordFile>> {
    const found = new Map<string, RecordFile>();
    for (let at = 0; at < ids.length; at += CHUNK)
      for (const file of await this.files.findBy({ id: In(ids.slice(at, at + CHUNK)) }))
        found.set(file.id, file);
    return found;
  }

  private async itemsOf(ids: readonly string[]): Promise<Map<string, RecordItem>> {
    const wanted = [...new Set(ids)];
    const found = new Map<string, RecordItem>();
    for (let at = 0; at < wanted.length; at += CHUNK)
      for (const item of await this.items.findBy({ id: In(wanted.slice(at, at + CHUNK)) }))
        found.set(item.id, item);
    return found;
  }
}

const uidKeys = ({ study = '', series = '', instance = '' }: ImageScope): MatchingKey[] => [
  { tag: '0020000D', vr: 'UI', value: study },
  { tag: '0020000E', vr: 'UI', value: series },
  { tag: '00080018', vr: 'UI', value: instance },
];

function uidsOf(keys: readonly MatchingKey[], tag: string): string[] | undefined {
  const value = keys.find((key) => key.tag === tag)?.value.trim() ?? '';
  return value === '' ? undefined : value.split(/[\\,]/).map((uid) => uid.trim());
}

const numberIn = (attributes: DicomAttributes, tag: string): number => Number(attributes[tag]?.[0] ?? 1e9);
const textIn = (attributes: DicomAttributes, tag: string): string => attributes[tag]?.[0] ?? '';

/** The latest first. */
const byDate = (a: ImageMatch, b: ImageMatch): number =>
  textIn(b.attributes, '00080020').localeCompare(textIn(a.attributes, '00080020')) ||
  textIn(b.attributes, '00080030').localeCompare(textIn(a.attributes, '00080030')) ||
  (a.scope.study ?? '').localeCompare(b.scope.study ?? '');

const bySeriesNumber = (a: ImageMatch, b: ImageMatch): number =>
  (a.scope.study ?? '').localeCompare(b.scope.study ?? '') ||
  numberIn(a.attributes, '00200011') - numberIn(b.attributes, '00200011') ||
  (a.scope.series ?? '').localeCompare(b.scope.series ?? '');

const byPlace = (a: KeptInstance, b: KeptInstance): number =>
  a.studyInstanceUid.localeCompare(b.studyInstanceUid) ||
  (a.file.seriesNumber ?? 1e9) - (b.file.seriesNumber ?? 1e9) ||
  (a.file.seriesInstanceUid ?? '').localeCompare(b.file.seriesInstanceUid ?? '') ||
  (a.file.instanceNumber ?? 1e9) - (b.file.instanceNumber ?? 1e9) ||
  (a.file.sopInstanceUid ?? '').localeCompare(b.file.sopInstanceUid ?? '');
