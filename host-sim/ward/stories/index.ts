/** Stories of single patients, one for each way of giving a drug and for what may go wrong in it: told after the ward's day. */
import { exampleDirectory, loadLibrary } from "../../authority/library/load.js";
import * as degraded from "./degraded.js";
import * as emergency from "./emergency.js";
import * as pca from "./pca.js";
import * as program from "./program.js";
import * as restart from "./restart.js";
import type { StoryResult } from "./result.js";
import * as secondary from "./secondary.js";
import type { Telling } from "./teller.js";

export interface Tale {
  readonly NAME: string;
  readonly TITLE: string;
  /** Throws only what a script does not foresee: an object that the gate refused before the story began. */
  readonly tell: (telling: Telling) => StoryResult;
}

export const STORIES: readonly Tale[] = [secondary, program, pca, emergency, restart, degraded];

export interface StoriesOptions extends Omit<Telling, "library"> {
  /** Default: the example library. */
  readonly library?: Telling["library"];
  /** Default: all. */
  readonly names?: readonly string[];
  readonly onStory?: (result: StoryResult) => void;
}

/** Tells them one after the other. */
export function tellStories(options: StoriesOptions): StoryResult[] {
  const { library = loadLibrary(exampleDirectory()), names, onStory } = options;
  const told = STORIES.filter(({ NAME }) => names === undefined || names.includes(NAME));
  return told.map(({ tell }) => {
    const result = tell({ ...options, library });
    onStory?.(result);
    return result;
  });
}
