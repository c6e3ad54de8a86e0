using Microsoft.AspNetCore.Builder;

namespace LstmOrleans.Hosting.Dashboard.Doors;

/// <summary>Metadata of an endpoint: what a caller must be allowed. Without it, reading needs <see cref="DashboardAccess.Read"/>, every other method <see cref="DashboardAccess.Admin"/>.</summary>
internal sealed record RequiresAccess(DashboardAccess Access);

internal static class RequiresAccessExtensions
{
    public static TBuilder RequireAccess<TBuilder>(this TBuilder builder, DashboardAccess access)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RequiresAccess(access));
}
