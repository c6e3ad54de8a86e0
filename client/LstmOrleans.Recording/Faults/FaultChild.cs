using System.Runtime.InteropServices;

namespace LstmOrleans.Recording.Faults;

/// <summary>What the fault's own process does. It prints <c>begin</c>, then <c>end DETAIL</c>.</summary>
public static class FaultChild
{
    /// <summary>The line after which trouble starts.</summary>
    internal const string BeginLine = "begin";

    /// <summary>Starts the line with the detail.</summary>
    internal const string EndPrefix = "end ";

    // A fault that does not come back when asked to is ended with its process; the kernel then frees what it held.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Runs one fault until its time is over or <paramref name="lifeline"/> (standard input) closes.</summary>
    public static void Run(FaultRequest request, Stream lifeline, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(lifeline);
        ArgumentNullException.ThrowIfNull(output);

        var fault = FaultKind.Create(request.Kind);
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        new Thread(() => CancelWhenClosed(lifeline, stop)) { IsBackground = true }.Start();

        Directory.CreateDirectory(request.WorkDirectory);
        try
        {
            Say(output, BeginLine);
            using var overdue = new Timer(_ => Environment.Exit(1), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            using var stopping = stop.Token.Register(() => overdue.Change(Patience, Timeout.InfiniteTimeSpan));
            stop.CancelAfter(request.Duration);
            var detail = fault.Run(new FaultContext(
                request.Duration, request.Intensity, request.Size, request.WorkDirectory, request.Target, stop.Token));
            Say(output, EndPrefix + detail);
        }
        finally
        {
            Directory.Delete(request.WorkDirectory, recursive: true);
        }
    }

    private static void Say(TextWriter output, string line)
    {
        try
        {
            output.WriteLine(line);
            output.Flush();
        }
        catch (IOException)
        {
            // The recorder is gone and nobody listens; cleaning up goes on.
        }
    }

    private static void CancelWhenClosed(Stream lifeline, CancellationTokenSource stop)
    {
        try
        {
            while (lifeline.ReadByte() >= 0)
            {
            }

            stop.Cancel();
        }
        catch (Exception over) when (over is IOException or ObjectDisposedException)
        {
            // The fault ended at the same moment.
        }
    }
}
