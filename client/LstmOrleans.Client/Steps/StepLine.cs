using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Steps;

/// <summary>A stream as a client's steps go to it.</summary>
internal sealed class StepLine(IStreamGrain grain)
{
    private StepPost? _post;

    /// <summary>The stream.</summary>
    public IStreamGrain Grain => grain;

    /// <summary>To the silo its last answer came from; null = not known, and its next step goes wherever Orleans finds the stream. A stream that has moved is found from there too.</summary>
    public StepPost? Post
    {
        get => Volatile.Read(ref _post);
        set
        {
            // Written for each answer and nearly never another one.
            if (_post != value)
                Volatile.Write(ref _post, value);
        }
    }
}
