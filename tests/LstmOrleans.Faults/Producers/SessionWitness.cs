using System.Globalization;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Faults.Producers;

/// <summary>Sees every step of the client library's sessions and every answer, also those the library keeps to itself, and writes them into the ledgers; loses answers when it is told to.</summary>
internal sealed class SessionWitness(ProducerContext context) : IOutgoingGrainCallFilter
{
    public async Task Invoke(IOutgoingGrainCallContext call)
    {
        if (call.Request.GetArgumentCount() != 1 || call.Request.GetArgument(0) is not StepRequest step)
        {
            await call.Invoke();
            return;
        }

        int stream = int.Parse(step.Key.AsSpan(StreamEvents.KeyPrefix.Length), CultureInfo.InvariantCulture);
        var (calls, ledger) = (context.CallsOf(stream), context.Ledgers[stream]);
        long again = Math.Min(step.Count, ledger.Sent - step.FirstPosition!.Value + 1);
        if (again > 0)
            context.Counters.AddRetried(again);
        long durable = calls.Leaving(step);
        try
        {
            await call.Invoke();
        }
        catch (Exception exception)
        {
            context.Counters.AddFailedCall();
            ledger.LastProblem = $"{exception.GetType().Name}: {exception.Message}";
            throw;
        }

        if (calls.IsLost())
            throw new TimeoutException("This answer was lost on the way.");
        calls.Arrived(step, (StepAnswer)call.Result!, durable);
    }
}
