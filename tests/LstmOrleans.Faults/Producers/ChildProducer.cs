using System.Net;
using System.Text.Json;
using LstmOrleans.Faults.Options;

namespace LstmOrleans.Faults.Producers;

/// <summary>What a producer in a process of its own is told.</summary>
/// <param name="Seed">The run's.</param>
/// <param name="Stream">Which stream.</param>
/// <param name="Rate">Events per second.</param>
/// <param name="Outputs">Its database.</param>
/// <param name="Settings">How it finds the cluster.</param>
/// <param name="Gateways">Or by these alone: ADDRESS:PORT.</param>
internal sealed record ChildOrder(int Seed, int Stream, double Rate, string Outputs, IReadOnlyDictionary<string, string?> Settings, IReadOnlyList<string>? Gateways);

/// <summary>The hidden command <c>producer</c>: one producer with a session in a process of its own, so that kill -9 takes all it knew. The end of its standard input asks for the drain.</summary>
internal static class ChildProducer
{
    public const string Name = "producer";

    /// <summary>The environment variable with its <see cref="ChildOrder"/>.</summary>
    public const string Variable = "LSTM_FAULTS_PRODUCER";

    /// <returns>0 = everything that was written is answered and stored.</returns>
    public static async Task<int> RunAsync()
    {
        var order = JsonSerializer.Deserialize<ChildOrder>(Environment.GetEnvironmentVariable(Variable)!)!;
        await using var outputs = new OutputStore(order.Outputs);
        var options = new FaultRunOptions { Seed = order.Seed, Rate = order.Rate, Streams = 1 };
        var gateways = order.Gateways?.Select(IPEndPoint.Parse);
        await using var connection = await ClusterConnection.ConnectAsync(order.Settings, gateways, CancellationToken.None);
        var context = new ProducerContext { Options = options, Connection = connection, Outputs = outputs, Ledgers = OneLedger(order.Stream) };
        await using var sessions = await ClusterConnection.ConnectAsync(order.Settings, gateways, CancellationToken.None);
        context.Sessions = SessionWitness.Client(context, sessions);
        var producing = new SessionProducer(context, order.Stream, life: 0).RunAsync(CancellationToken.None);
        await Task.WhenAny(producing, Console.In.ReadToEndAsync());
        context.Conditions.Drain = true;
        await producing;
        var ledger = context.Ledgers[order.Stream];
        // Giving up is none: a process that was stopped for long finds its time over.
        bool wrong = ledger.Broken != null || ledger.Different + ledger.LostAnswers + ledger.Doubled + context.Counters.StaleReads > 0;
        if (wrong)
            Console.WriteLine($"{ledger.Different} different, {ledger.LostAnswers} answers lost, {ledger.Doubled} doubled, {context.Counters.StaleReads} stale; {ledger.Broken}");
        return wrong ? 1 : 0;
    }

    /// <summary>Ledgers of which one is used.</summary>
    public static IReadOnlyList<StreamLedger> OneLedger(int stream) => [.. Enumerable.Repeat(new StreamLedger(), stream + 1)];
}
