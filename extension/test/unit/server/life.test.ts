import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ServerUnavailable } from "../../../src/contracts";
import { Backoff } from "../../../src/server/backoff";
import { ServerLife, type Session, Unstartable } from "../../../src/server/life";

interface Opened extends Session {
  crash(how: string): void;
  readonly told: string[];
  stopped: boolean;
}

function opened(pid: number): Opened {
  let crash: (how: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => (crash = resolve));
  const session: Opened = {
    ...{ pid, version: "1", ended, crash, told: [], stopped: false },
    request: <R>(method: string) => Promise.resolve(`${method} from ${pid}` as R),
    notify: (method) => void session.told.push(method),
    stop: () => {
      session.stopped = true;
      crash("exit code 0");
      return Promise.resolve();
    },
  };
  return session;
}

function setUp(open?: () => Promise<Session>) {
  const sessions: Opened[] = [];
  const phases: string[] = [];
  const hears: ((method: string, params: unknown) => void)[] = [];
  const unstartable = vi.fn<(reason: string) => void>();
  const gaveUp = vi.fn<(reason: string) => void>();
  const life = new ServerLife({
    open: (hear) => {
      hears.push(hear);
      if (open !== undefined) return open();
      const session = opened(sessions.length + 1);
      sessions.push(session);
      return Promise.resolve(session);
    },
    backoff: new Backoff(),
    changed: ({ phase }) => void phases.push(phase),
    started: () => undefined,
    unstartable,
    gaveUp,
    log: { info: () => undefined, warn: () => undefined },
  });
  return { life, sessions, phases, hears, unstartable, gaveUp };
}

const last = <T>(list: readonly T[]): T => list.at(-1) ?? expect.fail("nothing was opened");

describe("the server's life", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("starts once, however often it is asked to", async () => {
    const { life, sessions, phases } = setUp();
    await Promise.all([life.start(), life.start()]);
    expect(sessions).toHaveLength(1);
    expect(phases).toEqual(["starting", "running"]);
    expect(await life.request("a", {})).toBe("a from 1");
  });

  it("comes back after a crash with a pause, and says why nobody answers meanwhile", async () => {
    const { life, sessions } = setUp();
    await life.start();
    last(sessions).crash("SIGKILL");
    await vi.advanceTimersByTimeAsync(1);
    expect(life.state.phase).toBe("waiting");
    await expect(life.request("a", {})).rejects.toThrow(ServerUnavailable);
    await expect(life.request("a", {})).rejects.toThrow(/crashed \(SIGKILL\)/);
    await vi.advanceTimersByTimeAsync(250);
    expect(life.state).toMatchObject({ phase: "running", pid: 2 });
  });

  it("stays down after five crashes in three minutes with one notice, until it is restarted", async () => {
    const { life, sessions, gaveUp } = setUp();
    await life.start();
    for (let i = 0; i < 5; i++) {
      last(sessions).crash("exit code 3");
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(sessions).toHaveLength(5);
    expect(life.state.phase).toBe("failed");
    expect(gaveUp.mock.calls).toEqual([[expect.stringMatching(/5 times in three minutes \(exit code 3\)/)]]);
    await life.restart();
    expect(life.state).toMatchObject({ phase: "running", pid: 6 });
  });

  it("counts a server that does not come up as crashed", async () => {
    const { life, gaveUp } = setUp(() => Promise.reject(new Error("exit code 1")));
    await life.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(life.state.phase).toBe("failed");
    expect(gaveUp).toHaveBeenCalledOnce();
  });

  it("does not try again where there is nothing to start", async () => {
    const { life, unstartable, phases } = setUp(() => Promise.reject(new Unstartable("No Python.")));
    await life.start();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(phases).toEqual(["starting", "failed"]);
    expect(unstartable.mock.calls).toEqual([["No Python."]]);
    await expect(life.request("a", {})).rejects.toThrow("No Python.");
  });

  it("lets a request that comes while it starts, or starts anew, wait for it", async () => {
    const { life } = setUp();
    void life.start();
    await vi.advanceTimersByTimeAsync(0);
    const early = setUp(() => new Promise((resolve) => setTimeout(() => resolve(opened(7)), 500)));
    void early.life.start();
    await vi.advanceTimersByTimeAsync(1);
    expect(early.life.state.phase).toBe("starting");
    const asked = early.life.request("a", {});
    await vi.advanceTimersByTimeAsync(500);
    expect(await asked).toBe("a from 7");
    void life.restart();
    await Promise.resolve();
    expect(await life.request("b", {})).toBe("b from 2");
  });

  it("refuses a request that waited for a start which came to nothing", async () => {
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Unstartable("No Python.")), 500),
    );
    const { life } = setUp(() => late);
    void life.start();
    await vi.advanceTimersByTimeAsync(1);
    const refused = expect(life.request("a", {})).rejects.toThrow("No Python.");
    await vi.advanceTimersByTimeAsync(500);
    await refused;
  });

  it("ends the old process before it starts the new one, which is no crash", async () => {
    const { life, sessions, phases } = setUp();
    await life.start();
    await Promise.all([life.restart(), life.restart()]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sessions.map(({ stopped }) => stopped)).toEqual([true, true, false]);
    expect(phases).not.toContain("waiting");
  });

  it("is restarted at once where it waits after a crash", async () => {
    const { life, sessions } = setUp();
    await life.start();
    last(sessions).crash("SIGKILL");
    await vi.advanceTimersByTimeAsync(1);
    await life.restart();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sessions).toHaveLength(2);
  });

  it("starts nothing any more once it is stopped", async () => {
    const { life, sessions } = setUp();
    await life.start();
    last(sessions).crash("SIGKILL");
    await life.stop();
    await life.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sessions).toHaveLength(1);
    expect(life.state.phase).toBe("stopped");
  });

  it("hears each server, and tells the one that runs", async () => {
    const { life, sessions, hears } = setUp();
    const heard: unknown[] = [];
    const listening = life.onNotification("news", (params) => heard.push(params));
    life.notify("nobody", {});
    await life.start();
    hears[0]?.("news", 1);
    await life.restart();
    hears[1]?.("news", 2);
    life.notify("you", {});
    listening.dispose();
    hears[1]?.("news", 3);
    expect(heard).toEqual([1, 2]);
    expect(sessions.map(({ told }) => told)).toEqual([[], ["you"]]);
  });
});
