using System.Diagnostics;
using System.Runtime.InteropServices;
using LstmOrleans.Processes;

namespace LstmOrleans.Cli.Cluster;

/// <summary>A process between <c>lstm cluster up</c> and the store: the store ends when its starter is gone, however that died.</summary>
/// <remarks>
/// <para>Garnet does not look at its standard input, so somebody must, who is alive when <c>lstm</c> is killed. That is this process: the kernel closes the
/// pipe to it, it lets the silos leave, which need the store for that, and then ends the store. Nothing has to be installed for it.</para>
/// <para>If this process is killed as well, the kernel kills the store under Linux (<see cref="DeathSignal"/>). Elsewhere <c>lstm</c> does,
/// if it still lives.</para>
/// </remarks>
internal static class StoreKeeper
{
    /// <summary>What it prints for its parent.</summary>
    public const string Started = "started ", Ready = "ready", Waits = "waits";

    // A silo that loses its parent has 30 s to stop.
    private static readonly TimeSpan SilosTime = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan FolderTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    /// <summary>Keeps a store until <paramref name="lifeline"/> ends.</summary>
    /// <param name="garnet">GarnetServer.dll.</param>
    /// <param name="folder">The cluster's folder.</param>
    /// <param name="port">The store's port.</param>
    /// <param name="lifeline">Standard input.</param>
    /// <param name="output">Tells the parent.</param>
    public static async Task RunAsync(string garnet, string folder, int port, Stream lifeline, TextWriter output)
    {
        // Ctrl+C in the terminal reaches every process of its group; the silos still need the store then.
        TerminalSession.Leave();
        using var told = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            told.Cancel();
        });
        var parentEnds = Task.WhenAny(Task.Factory.StartNew(() => ReadToEnd(lifeline), told.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default), Task.Delay(Timeout.Infinite, told.Token));

        using var held = await HoldAsync(folder, output, parentEnds).ConfigureAwait(false);
        if (held == null)
            return;
        string[] command = DeathSignal.Before(new GarnetProgram(garnet, "").Command(ClusterFolder.StoreOf(folder), port));
        using var log = new LogFile(Path.Combine(folder, "store.log"));
        using var store = StartOnThreadOfItsOwn(command);
        log.Follow(store);
        Tell(output, $"{Started}{store.Id}");
        var storeEnds = store.WaitForExitAsync(CancellationToken.None);
        while (!storeEnds.IsCompleted && !parentEnds.IsCompleted && !await RespConnection.PingAsync(port, null, CancellationToken.None).ConfigureAwait(false))
            await Task.WhenAny(storeEnds, parentEnds, Task.Delay(Period, CancellationToken.None)).ConfigureAwait(false);
        if (!storeEnds.IsCompleted)
            Tell(output, Ready);
        await Task.WhenAny(storeEnds, parentEnds).ConfigureAwait(false);
        if (storeEnds.IsCompleted)
            throw new CommandException($"Garnet ended with exit code {store.ExitCode}: {log.Tail}");

        await SilosLeaveAsync(port).ConfigureAwait(false);
        // What it acknowledged to the silos is in its log; this is for the rest, such as their leaving the member list.
        store.Kill();
        await storeEnds.ConfigureAwait(false);
    }

    private static async Task<FileStream?> HoldAsync(string folder, TextWriter output, Task parentEnds)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < FolderTime; await Task.WhenAny(parentEnds, Task.Delay(Period)).ConfigureAwait(false))
        {
            if (parentEnds.IsCompleted)
                return null;
            if (ClusterFolder.TryHoldStore(folder) is { } held)
                return held;
            if (Stopwatch.GetElapsedTime(start) < Period)
                Tell(output, Waits);
        }

        throw new CommandException($"The store in {folder} is still in use after {FolderTime.TotalSeconds} s: an earlier 'lstm cluster up' was killed and its processes have not ended. Look for them (ps), or name another folder with --data.");
    }

    // Whoever is connected may still write. The silos have lost their parent as well and are about to go.
    private static async Task SilosLeaveAsync(int port)
    {
        using var limit = new CancellationTokenSource(SilosTime);
        try
        {
            using var connection = await RespConnection.OpenAsync(port, null, limit.Token).ConfigureAwait(false);
            while ((await connection.SendAsync(["CLIENT", "LIST"], limit.Token).ConfigureAwait(false)).Trim().Contains('\n'))
                await Task.Delay(Period, limit.Token).ConfigureAwait(false);
            await connection.SendAsync(["COMMITAOF"], limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // It does not answer any more, or somebody stays: nothing acknowledged is lost by ending it.
        }
    }

    // The death signal comes when the thread that started the child ends, and those of the pool do.
    private static Process StartOnThreadOfItsOwn(string[] command)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                started.SetResult(Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!);
            }
            catch (Exception exception)
            {
                started.SetException(exception);
                return;
            }

            Thread.Sleep(Timeout.Infinite);
        })
        {
            IsBackground = true,
            Name = "started the store",
        }.Start();
        return started.Task.GetAwaiter().GetResult();
    }

    private static void ReadToEnd(Stream lifeline)
    {
        while (lifeline.ReadByte() >= 0)
        {
        }
    }

    private static void Tell(TextWriter output, string line)
    {
        try
        {
            output.WriteLine(line);
            output.Flush();
        }
        catch (IOException)
        {
            // The parent is gone; the end of standard input says the same.
        }
    }
}
