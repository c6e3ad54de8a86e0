using System.Globalization;
using System.Runtime.InteropServices;
using LstmOrleans.Peers;

namespace LstmOrleans.Benchmarks.Core.Peers;

/// <summary>ONNX Runtime on a row.</summary>
internal static class OnnxPeer
{
    public static PeerEntry Enter(CoreRow row, RowData data, RowValues expected)
    {
        if (row.Projection > 0)
            return PeerEntry.Absent("n/a: its LSTM has no projection");
        var peer = new OnnxLstm(data.Parameters, row.Steps, row.Batch, threads: row.Threads);
        data.X.CopyTo(peer.X, 0);
        data.H0.CopyTo(peer.H0, 0);
        data.C0.CopyTo(peer.C0, 0);
        peer.Run();
        double difference = new RowValues(peer.Output(), peer.HN, peer.CN).WorstDifference(expected);
        if (difference > RowValues.Tolerance)
        {
            peer.Dispose();
            return PeerEntry.Absent(string.Create(CultureInfo.InvariantCulture, $"wrong by {difference:g2}"));
        }

        var contestant = row.Threads == 1
            ? Contestant.InProcess(peer.Run)
            : new Contestant(iterations => FirstProcessor.Held(() => Contestant.Time(peer.Run, iterations)));
        return new PeerEntry(contestant, Resource: peer);
    }

    /// <summary>Holds the calling thread on processor 1 while ONNX Runtime's own threads are pinned to the others; else it might share theirs.</summary>
    private static class FirstProcessor
    {
        public static double Held(Func<double> run)
        {
            if (!OperatingSystem.IsLinux())
                return run();
            ulong before = 0, first = 1;
            if (sched_getaffinity(0, sizeof(ulong), ref before) < 0 || sched_setaffinity(0, sizeof(ulong), ref first) < 0)
                return run();
            try
            {
                return run();
            }
            finally
            {
                _ = sched_setaffinity(0, sizeof(ulong), ref before);
            }
        }

        [DllImport("libc")]
        private static extern int sched_setaffinity(int thread, nint size, ref ulong mask);

        [DllImport("libc")]
        private static extern int sched_getaffinity(int thread, nint size, ref ulong mask);
    }
}
