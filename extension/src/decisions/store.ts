/** The last decisions of this window, kept while it is open. */
import * as vscode from "vscode";
import type { DecisionRecord, DecisionStore } from "../contracts";

const MOST = 50;

/** The store as its one writer sees it. */
export interface DecisionJournal extends DecisionStore, vscode.Disposable {
  add(record: DecisionRecord): void;
  /** Changes a record that may have been dropped meanwhile; then nothing happens. */
  change(key: string, news: Partial<Omit<DecisionRecord, "key">>): void;
}

export function createDecisions(): DecisionJournal {
  const changed = new vscode.EventEmitter<DecisionRecord>();
  let history: readonly DecisionRecord[] = [];
  /** What dropped records have saved. */
  let settled = 0;

  return {
    get history() {
      return history;
    },
    get last() {
      return history[0];
    },
    get savedUsd() {
      return history.reduce((sum, record) => sum + savedBy(record), settled);
    },
    onDidChange: changed.event,
    add(record) {
      settled += history.slice(MOST - 1).reduce((sum, dropped) => sum + savedBy(dropped), 0);
      history = [record, ...history.slice(0, MOST - 1)];
      changed.fire(record);
    },
    change(key, news) {
      const old = history.find((record) => record.key === key);
      if (old === undefined) return;
      const record = { ...old, ...news };
      history = history.map((other) => (other === old ? record : other));
      changed.fire(record);
    },
    dispose: () => changed.dispose(),
  };
}

/** Money is saved once the model has begun to answer. */
function savedBy(record: DecisionRecord): number {
  const answered = record.phase === "answering" || record.phase === "done";
  return answered ? (record.saving?.saved ?? 0) : 0;
}
