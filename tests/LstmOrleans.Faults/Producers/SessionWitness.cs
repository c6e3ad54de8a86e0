using System.Globalization;
using LstmOrleans.Client;
using LstmOrleans.Client.Steps;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Faults.Producers;

/// <summary>Sees every step of the client library's sessions and every answer, also those the library keeps to itself, and writes them into the ledgers; loses answers when it is told to.</summary>
internal sealed class SessionWitness(ProducerContext context, IStepPath path) : IStepPath
{
    /// <summary>The client library as it connects itself, with a witness on both ways of a step.</summary>
    public static LstmClient Client(ProducerContext context, ClusterConnection connection)
    {
        var retry = new RetryPolicy { GiveUpAfter = RunCounters.FailedForGood };
        var paths = StepPaths.Gathered(connection.Grains, retry.Time);
        return new LstmClient(connection.Grains, retry, new StepPaths(new SessionWitness(context, paths.First), new SessionWitness(context, paths.Again)));
    }

    public async Task<StepAnswer> SendAsync(StepLine line, StepRequest step)
    {
        int stream = int.Parse(step.Key.AsSpan(StreamEvents.KeyPrefix.Length), CultureInfo.InvariantCulture);
        var (calls, ledger) = (context.CallsOf(stream), context.Ledgers[stream]);
        long again = Math.Min(step.Count, ledger.Sent - step.FirstPosition!.Value + 1);
        if (again > 0)
            context.Counters.AddRetried(again);
        long durable = calls.Leaving(step);
        StepAnswer answer;
        try
        {
            answer = await path.SendAsync(line, step);
        }
        catch (Exception exception)
        {
            context.Counters.AddFailedCall();
            ledger.LastProblem = $"{exception.GetType().Name}: {exception.Message}";
            throw;
        }

        if (calls.IsLost())
            throw new TimeoutException("This answer was lost on the way.");
        calls.Arrived(step, answer, durable);
        return answer;
    }
}
