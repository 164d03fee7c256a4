/** What the pure parts use of `vscode`, for Vitest; the real one is the workbench's (test/workbench). */

export class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };
  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }
  dispose(): void {
    this.listeners.clear();
  }
}

export class Disposable {
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }
  constructor(private readonly end: () => unknown) {}
  dispose(): void {
    this.end();
  }
}

export class CancellationError extends Error {
  override readonly name = "Canceled";
}

export class CancellationTokenSource {
  private readonly emitter = new EventEmitter<void>();
  private cancelled = false;
  readonly token: {
    readonly isCancellationRequested: boolean;
    onCancellationRequested: EventEmitter<void>["event"];
  };

  constructor() {
    const isCancelled = () => this.cancelled;
    this.token = {
      get isCancellationRequested() {
        return isCancelled();
      },
      onCancellationRequested: this.emitter.event,
    };
  }
  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.emitter.fire();
  }
  dispose(): void {
    this.emitter.dispose();
  }
}

export enum LanguageModelChatMessageRole {
  User = 1,
  Assistant = 2,
}

export class LanguageModelTextPart {
  constructor(readonly value: string) {}
}

export class LanguageModelToolCallPart {
  constructor(
    readonly callId: string,
    readonly name: string,
    readonly input: object,
  ) {}
}

export class LanguageModelToolResultPart {
  constructor(
    readonly callId: string,
    readonly content: unknown[],
  ) {}
}

export class LanguageModelDataPart {
  constructor(
    readonly data: Uint8Array,
    readonly mimeType: string,
  ) {}
}

/** Exists at run time only: the typings do not have it. */
export class LanguageModelThinkingPart {
  constructor(readonly value: string) {}
}

export class LanguageModelChatMessage {
  static User(content: string | unknown[]): LanguageModelChatMessage {
    return new LanguageModelChatMessage(LanguageModelChatMessageRole.User, content);
  }
  static Assistant(content: string | unknown[]): LanguageModelChatMessage {
    return new LanguageModelChatMessage(LanguageModelChatMessageRole.Assistant, content);
  }
  readonly content: unknown[];
  readonly name = undefined;
  constructor(
    readonly role: LanguageModelChatMessageRole,
    content: string | unknown[],
  ) {
    this.content = typeof content === "string" ? [new LanguageModelTextPart(content)] : content;
  }
}

/** As the real one: the code is the name of the factory. */
export class LanguageModelError extends Error {
  static NoPermissions = (message?: string) => new LanguageModelError(message, "NoPermissions");
  static Blocked = (message?: string) => new LanguageModelError(message, "Blocked");
  static NotFound = (message?: string) => new LanguageModelError(message, "NotFound");
  constructor(
    message: string | undefined,
    readonly code: string,
  ) {
    super(message);
  }
}

type Settings = Record<string, unknown>;

/** A workspace whose settings, trust and folders are as a test sets them. */
export class Workspace {
  isTrusted = true;
  workspaceFolders: { readonly uri: { toString(): string } }[] = [];
  /** `hydraAuto.*` by layer; the folder's are every folder's. */
  user: Settings = {};
  ofWorkspace: Settings = {};
  ofFolder: Settings = {};
  readonly trust = new EventEmitter<void>();
  readonly folders = new EventEmitter<void>();
  readonly configuration = new EventEmitter<{ affectsConfiguration(section: string): boolean }>();
  readonly onDidGrantWorkspaceTrust = this.trust.event;
  readonly onDidChangeWorkspaceFolders = this.folders.event;
  readonly onDidChangeConfiguration = this.configuration.event;

  getConfiguration(_section: string, scope: unknown) {
    const [globalValues, workspaceValues] = [this.user, this.ofWorkspace];
    const folderValues = scope === null ? {} : this.ofFolder;
    return {
      get: (name: string) => ({ ...globalValues, ...workspaceValues, ...folderValues })[name],
      inspect: (name: string) => ({
        globalValue: globalValues[name],
        workspaceValue: workspaceValues[name],
        workspaceFolderValue: folderValues[name],
      }),
    };
  }

  reset(): void {
    Object.assign(this, { isTrusted: true, workspaceFolders: [], user: {}, ofWorkspace: {}, ofFolder: {} });
  }
}

export const workspace = new Workspace();

/** Nobody is there to choose, and nothing is run; tests spy on both. */
export const window = {
  showWarningMessage: (): Promise<string | undefined> => Promise.resolve(undefined),
  showInformationMessage: (): Promise<string | undefined> => Promise.resolve(undefined),
};

export const commands = {
  registerCommand: (): Disposable => new Disposable(() => undefined),
  executeCommand: (): Promise<void> => Promise.resolve(),
};
