using Microsoft.Extensions.Options;

namespace LstmOrleans.Silo.Streams;

/// <summary>Bounds the calls on streams that are under way in this silo. What is over is refused at once, instead of timing out later.</summary>
internal sealed class StreamAdmission
{
    private readonly int _most;
    private int _underWay;

    public StreamAdmission(IOptions<StreamsOptions> options) => (_most, Left) = (options.Value.MaxCallsInFlight, Leave);

    /// <summary>Calls under way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary><see cref="Leave"/>, made once for all calls.</summary>
    public Action Left { get; }

    /// <summary>What a refused caller reads.</summary>
    public string Refusal => $"{_most} calls on streams are under way in this silo (Lstm:Streams:MaxCallsInFlight). Send again later.";

    /// <summary>Takes a place; <see cref="Leave"/> gives it back.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _underWay) <= _most)
            return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _underWay);
}
