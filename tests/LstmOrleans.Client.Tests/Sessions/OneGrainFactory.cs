using System.Reflection;

namespace LstmOrleans.Client.Tests.Sessions;

#pragma warning disable CA1852 // The proxy is a class that is derived from this one.
/// <summary>A factory that knows one grain.</summary>
public class OneGrainFactory : DispatchProxy
{
    private object? _grain;

    public static IGrainFactory Of(object grain)
    {
        var factory = Create<IGrainFactory, OneGrainFactory>();
        ((OneGrainFactory)(object)factory)._grain = grain;
        return factory;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == nameof(IGrainFactory.GetGrain) ? _grain : throw new NotSupportedException(targetMethod.Name);
}
