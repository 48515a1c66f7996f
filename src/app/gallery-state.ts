/** What the gallery shows. */
import type { GalleryEntry } from '../storage/gallery-record.ts';

export interface GalleryItem {
  readonly entry: GalleryEntry;
  /** The picture's file where the browser had no room for it: kept in memory, and stored as soon as there is room. */
  readonly unstoredPng: Blob | null;
}

/** A picture that can be brought back until the page is closed. */
export interface DeletedPicture {
  readonly entry: GalleryEntry;
  readonly png: Blob;
}

export interface StorageUsage {
  /** Of everything this site keeps: pictures, models, policies. */
  readonly usedBytes: number;
  readonly quotaBytes: number;
  /** The browser deletes nothing of it by itself when the disk fills up. */
  readonly isPersisted: boolean;
}

export interface GalleryState {
  /** Newest first; null until the stored ones are read. */
  readonly items: readonly GalleryItem[] | null;
  /** The latest last. */
  readonly deleted: readonly DeletedPicture[];
  /** Null where the browser does not tell. */
  readonly usage: StorageUsage | null;
}

export const EMPTY_GALLERY: GalleryState = { items: null, deleted: [], usage: null };
