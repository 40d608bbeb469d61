/**
 * Installing a library as a stream (SPEC 3.4): manifest, entries in order, commit. Memory is the same for one entry and for
 * 65,536. Commands run between the calls, so the install keeps to regions of its own; the active library stays in use
 * until the commit's record is in flash.
 */
import { copyBytes } from "../bytes";
import { Tree, treeAppend, treeBegin, treeRoot } from "../codec/merkle";
import {
  ACTIVE,
  INPUT,
  INSTALL,
  DRUG,
  INSTALL_MANIFEST,
  MANIFEST_RAW,
  HASH_SCRATCH,
  INSTALL_TREE,
  NEXT,
  TRUST,
  WAITING,
} from "../layout";
import { ENTRY_BYTES_MAX, MANIFEST_BYTES_MAX } from "../limits";
import { finish } from "../result";
import { counterAdvance } from "../store/counter";
import { commit, rollback } from "../store/journal";
import { objectsBegin, objectsStage, objectsStep } from "../store/objects";
import { State } from "../store/state";
import * as status from "../status";
import { pumpClass } from "../trust/device";
import { multisignatureKeys, multisignatureStep } from "../trust/multisignature";
import { endRefused, refuse, takeInput } from "../trust/object";
import { floorRaise } from "../trust/time";
import {
  candidateManifest,
  counterLags,
  EVENT_LIBRARY_ACTIVATED,
  EVENT_LIBRARY_STAGED,
  HOW_COMMIT,
  libraryEvent,
  libraryIsNewer,
  partOfSlot,
  prepareActive,
} from "./active";
import { decodeDrug, decodeProfile, Drug, entryKey, isProfile, Profile } from "./entry";
import { Manifest, MANIFEST_RECORD_BYTES, manifestAcceptable, manifestOpen, manifestRoot } from "./manifest";
import { drugSense, profileSense } from "./sense";

/** The install under way. */
@unmanaged
export class Install {
  /** 1 from an accepted manifest to commit, abort or a root update. */
  open: u32;
  /** Length of the manifest in MANIFEST_RAW, and of what is staged in INPUT: a manifest or an entry. */
  manifestBytes: u32;
  stagedBytes: u32;
  /** COMMIT_ below. */
  stage: u32;
  /** The active slot when the commit's objects were staged; the new manifest goes into the other one. */
  active: u32;
  slot: u32;
  /** Area of the last profile, and its patient class. */
  area: u32;
  patient_class: u32;
  /** Key of the last entry. */
  previous: u64;
}

const COMMIT_ROOT: u32 = 0;
const COMMIT_OBJECTS: u32 = 1;

function install(): Install {
  return changetype<Install>(INSTALL);
}
function manifest(): Manifest {
  return changetype<Manifest>(INSTALL_MANIFEST);
}
function tree(): Tree {
  return changetype<Tree>(INSTALL_TREE);
}

/** True while an install is under way. */
export function installOpen(): bool {
  return install().open != 0;
}

/** Drops the install, if one is under way. */
export function installDrop(): void {
  install().open = 0;
}

/** `libraryAbort()`. OK or INSTALL_NONE. */
export function libraryAbort(): u32 {
  if (!installOpen()) return status.INSTALL_NONE;
  installDrop();
  return status.OK;
}

/** Stages a manifest of `length` bytes. A refusal, now or later, leaves an install that is under way as it was. */
export function libraryBeginBegin(length: u32): u32 {
  const taken = takeInput(length, MANIFEST_BYTES_MAX);
  if (taken != status.OK) return refuse(taken);
  const m = candidateManifest();
  const opened = manifestOpen(m, INPUT, length);
  if (opened != status.OK) return refuse(opened);
  const acceptable = installable(m);
  if (acceptable != status.OK) return refuse(acceptable);
  install().stagedBytes = length;
  const keys = multisignatureKeys(TRUST, 0);
  return keys == status.OK ? status.WORKING : refuse(keys);
}

/** Judged at begin, and again in the commit: the clock, the floor and the active library move on between. */
function installable(m: Manifest): u32 {
  const acceptable = manifestAcceptable(m);
  if (acceptable != status.OK) return acceptable;
  return libraryIsNewer(m) ? status.OK : status.LIBRARY_ROLLBACK;
}

export function libraryBeginStep(): u32 {
  const verified = multisignatureStep();
  if (verified == status.WORKING) return verified;
  if (verified != status.OK) return endRefused(verified);
  const i = install();
  copyBytes(INSTALL_MANIFEST, changetype<usize>(candidateManifest()), MANIFEST_RECORD_BYTES);
  copyBytes(MANIFEST_RAW, INPUT, i.stagedBytes);
  i.manifestBytes = i.stagedBytes;
  treeBegin(tree());
  i.area = 0;
  i.previous = 0;
  i.open = 1;
  return finish(status.OK, 0, manifest().version);
}

/** Stages one raw entry. A refused entry leaves the install as it was before it. */
export function libraryEntryBegin(length: u32): u32 {
  const i = install();
  if (i.open == 0) return status.INSTALL_NONE;
  const taken = takeInput(length, ENTRY_BYTES_MAX);
  if (taken != status.OK) return refuse(taken);
  i.stagedBytes = length;
  const judged = judgeEntry(i, length);
  return judged == status.OK ? status.WORKING : refuse(judged);
}

function judgeEntry(i: Install, length: u32): u32 {
  if (tree().leafCount >= manifest().entryCount) return status.ENTRY_COUNT;
  const profile = isProfile(INPUT, length);
  const decoded = profile ? decodeProfile(INPUT, length, DRUG) : decodeDrug(INPUT, length, DRUG);
  if (decoded != status.OK) return decoded;
  if (stagedKey() <= i.previous) return status.ENTRY_ORDER;
  if (profile) return profileSense(changetype<Profile>(DRUG), pumpClass());
  const drug = changetype<Drug>(DRUG);
  if (drug.area != i.area) return status.ENTRY_PROFILE;
  return drugSense(drug, pumpClass(), i.patient_class);
}

/** The key of the staged entry; profile and drug have it at the same place. */
function stagedKey(): u64 {
  const entry = changetype<Drug>(DRUG);
  return entryKey(entry.area, entry.drug, entry.variant);
}

export function libraryEntryStep(): u32 {
  const i = install();
  const entry = changetype<Profile>(DRUG);
  treeAppend(tree(), INPUT, i.stagedBytes);
  i.previous = stagedKey();
  if (entry.drug == 0) {
    i.area = entry.area;
    i.patient_class = entry.patient_class;
  }
  return finish(status.OK, 0, tree().leafCount);
}

/** Stages the commit. After a storage failure it may be called again; a wrong root ends the install. */
export function libraryCommitBegin(): u32 {
  if (!installOpen()) return status.INSTALL_NONE;
  if (tree().leafCount != manifest().entryCount) return status.ENTRY_COUNT;
  if (counterLags()) return status.COUNTER;
  install().stage = COMMIT_ROOT;
  return status.WORKING;
}

export function libraryCommitStep(): u32 {
  const i = install();
  if (i.stage == COMMIT_ROOT) return stageObjects(i);
  const written = objectsStep();
  if (written == status.WORKING) return written;
  if (written != status.OK) return finish(written, 0, 0);
  if (changetype<State>(NEXT).manifest_active != i.active) {
    // A local action activated the waiting library between two slices: its slot is the one just written over.
    rollback();
    i.stage = COMMIT_ROOT;
    return status.WORKING;
  }
  return conclude(i);
}

/** Compares the root, judges once more, and begins to write the objects. */
function stageObjects(i: Install): u32 {
  const m = manifest();
  treeRoot(tree(), HASH_SCRATCH);
  if (memory.compare(HASH_SCRATCH, manifestRoot(m), 32) != 0) {
    installDrop();
    return finish(status.LIBRARY_ROOT, 0, 0);
  }
  const acceptable = installable(m);
  if (acceptable != status.OK) return finish(acceptable, 0, 0);
  i.active = changetype<State>(NEXT).manifest_active;
  i.slot = i.active == 1 ? 2 : 1;
  objectsStage(partOfSlot(i.slot), MANIFEST_RAW, i.manifestBytes);
  objectsBegin();
  i.stage = COMMIT_OBJECTS;
  return status.WORKING;
}

/** One record: the new objects become valid, and the library active or waiting. */
function conclude(i: Install): u32 {
  const m = manifest();
  const next = changetype<State>(NEXT);
  floorRaise(m.issued_s);
  const atOnce = m.enable_s <= next.floor_s;
  if (atOnce) {
    prepareActive(i.slot);
    libraryEvent(EVENT_LIBRARY_ACTIVATED, m, HOW_COMMIT);
  } else {
    next.manifest_next = i.slot;
    libraryEvent(EVENT_LIBRARY_STAGED, m, m.enable_s);
  }
  const committed = commit(0);
  if (committed != status.OK) return finish(committed, 0, 0);
  copyBytes(atOnce ? ACTIVE : WAITING, INSTALL_MANIFEST, MANIFEST_RECORD_BYTES);
  installDrop();
  return finish(atOnce ? counterAdvance() : status.OK, 0, m.version);
}
