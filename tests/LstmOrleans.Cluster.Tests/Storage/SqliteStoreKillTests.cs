using System.Diagnostics;
using LstmOrleans.Silo.Storage;
using LstmOrleans.StorageChild;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>kill -9 in the middle of commits, again and again, on one file that is never begun anew.</summary>
public sealed class SqliteStoreKillTests : IDisposable
{
    private const int Writers = 50;
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ProcessKilled_ManyTimesWhileWriting_LosesNoAcknowledgedWriteAndStartsAgain()
    {
        var kills = Environment.GetEnvironmentVariable("LSTM_LONG_TESTS") == "1" ? 300 : 25;
        var seed = Environment.TickCount;
        TestContext.Current.SendDiagnosticMessage($"seed {seed}, {kills} kills");
        var random = new Random(seed);
        var acknowledged = new Dictionary<int, long>();
        var started = Stopwatch.GetTimestamp();
        for (var kill = 0; kill < kills; kill++)
        {
            using (var child = WriterChild.Start(_folder.FilePath, seed, Writers))
            {
                // The moment is a number of acknowledgements and then a few microseconds to milliseconds: anywhere in a commit or a checkpoint.
                await child.ReadAsync(1 + random.Next(2_000), acknowledged);
                if (kill == 0)
                {
                    var refusal = Assert.Throws<StorageOpenException>(() => _folder.Open());
                    Assert.Contains($"process {child.Process.Id}", refusal.Message, StringComparison.Ordinal);
                }

                var spin = Stopwatch.GetTimestamp() + random.Next((int)(Stopwatch.Frequency / 200));
                while (Stopwatch.GetTimestamp() < spin)
                    Thread.SpinWait(1);
                await child.KillAsync(acknowledged);
            }

            // Most restarts are the next child's own; it goes on from what it finds.
            if (random.Next(3) != 0 && kill != kills - 1)
                continue;
            await using var store = _folder.Open();
            foreach (var (writer, value) in acknowledged)
            {
                var found = (await store.ReadAsync(SeededRecord.Key(writer)))?.Data ?? throw new InvalidOperationException($"Seed {seed}, kill {kill}: the record of writer {writer} is gone; {value} was acknowledged.");
                // A newer one may be there: each child may have written one more than it could tell.
                Assert.True(SeededRecord.Value(found) >= value, $"Seed {seed}, kill {kill}: writer {writer} stands at {SeededRecord.Value(found)}; {value} was acknowledged.");
                Assert.Equal(SeededRecord.Bytes(seed, writer, SeededRecord.Value(found)), found);
            }
        }

        Assert.Equal(Writers, acknowledged.Count);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {seed}: {kills} kills, {acknowledged.Values.Sum()} acknowledged writes, none lost, in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
    }
}
